"""The study of jet taggers: what is measured of them, its page and its pictures."""
