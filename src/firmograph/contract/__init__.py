"""The contract: what a document type holds, which tables it fills and what is refused."""
