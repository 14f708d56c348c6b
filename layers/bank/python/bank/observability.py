"""One logger and one metrics sink per function, from Powertools. Tracing is Lambda's own (X-Ray)."""

from aws_lambda_powertools import Logger, Metrics

from bank.config import config

logger = Logger(service=config.service)
metrics = Metrics(namespace="Perkbank", service=config.service)
