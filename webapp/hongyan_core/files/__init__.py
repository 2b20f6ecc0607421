"""Files that people send: taken in part by part, named, looked at, kept by the hash of their bytes, and swept."""
