"""Sources: from the upload folder to documents, byte for byte."""
