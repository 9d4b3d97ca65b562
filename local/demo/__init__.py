"""The demo: what it shows, and its queries."""
