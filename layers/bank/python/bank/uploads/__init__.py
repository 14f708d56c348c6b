"""Uploads of files to S3 by presigned URLs: each takes the one file that was announced, and no other."""
