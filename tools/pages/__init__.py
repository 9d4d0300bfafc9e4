"""The generated pages of docs/, one module each; `tools/generate_docs.py` writes them."""
