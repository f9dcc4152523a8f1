"""What admins change in dialogues: filters, topics and channels; drafts of them, previews, and the changes written down."""
