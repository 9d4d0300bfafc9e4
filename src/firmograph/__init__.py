"""firmograph turns a folder of D&B documents into a layered data lake of Delta tables."""

__version__ = "0.1.0"
