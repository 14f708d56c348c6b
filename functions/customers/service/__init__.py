"""What the customers room does."""
