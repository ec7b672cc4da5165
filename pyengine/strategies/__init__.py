"""Built-in strategies, each with a twin in Rust."""
