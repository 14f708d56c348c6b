"""Queues that the accounts room reaches outside its own tables."""
