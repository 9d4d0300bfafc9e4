"""Family trees: assembled from their pages, over all that ODS ever received."""
