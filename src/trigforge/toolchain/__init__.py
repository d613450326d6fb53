"""Finding and running tools on a ``WrittenProject``; one small module a tool."""
