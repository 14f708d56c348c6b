"""Outside the suppliers room's table: documents in S3."""
