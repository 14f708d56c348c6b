"""Infrastructure as code, and the tools that build, run and describe it."""
