"""Questions to the archive: read, looked for, ranked, answered from what the posts say, or refused."""
