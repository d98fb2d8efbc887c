"""Figures that need a GPU: `python -m tests.gpu`. On a processor with tiny sizes they run as a test."""
