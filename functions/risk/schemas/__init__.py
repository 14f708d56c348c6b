"""Requests and answers of the risk room: its HTTP contract."""

from risk.schemas.backtests import BacktestAnswer, NewBacktest
from risk.schemas.fields import Because
from risk.schemas.lists import ListEntriesQuery, ListEntryAnswer, ListEntryPage, NewEntry
from risk.schemas.reports import ReportQuery, RiskReportAnswer, UnitReport
from risk.schemas.rule_sets import (
    Activation,
    Cap,
    DraftRuleSet,
    HistoryEntry,
    LiveAnswer,
    LiveProduct,
    RuleSetAnswer,
    RuleSetPage,
    RuleSetsQuery,
    RuleSetSummary,
    ShadowAnswer,
    Shadowing,
    ShadowQuery,
)

__all__ = [
    "Activation",
    "BacktestAnswer",
    "Because",
    "Cap",
    "DraftRuleSet",
    "HistoryEntry",
    "ListEntriesQuery",
    "ListEntryAnswer",
    "ListEntryPage",
    "LiveAnswer",
    "LiveProduct",
    "NewBacktest",
    "NewEntry",
    "ReportQuery",
    "RiskReportAnswer",
    "RuleSetAnswer",
    "RuleSetPage",
    "RuleSetSummary",
    "RuleSetsQuery",
    "ShadowAnswer",
    "ShadowQuery",
    "Shadowing",
    "UnitReport",
]
