"""Plugin for what LocalStack's open core leaves to Docker or to a licence: see docs/localstack.md."""
