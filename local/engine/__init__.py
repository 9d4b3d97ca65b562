"""The local engine: an embedded AWS whose crawlers crawl and whose Athena answers from the files."""
