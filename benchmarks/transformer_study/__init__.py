"""The study of transformers: figures of merit, agreement at several reuse factors, page and pictures."""
