"""What a crawl does, apart from the crawler's life: list, sample, infer, write the catalog."""
