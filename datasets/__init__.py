"""Data of the shipped models: generators, readers and small committed samples, one package a data set."""
