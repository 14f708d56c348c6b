"""The kernel: what every room of Perkbank stands on. See docs/architecture.md."""
