"""LocalStack 4.14.0 as a plain process: a second emulator to deploy to. docs/localstack.md tells of it."""
