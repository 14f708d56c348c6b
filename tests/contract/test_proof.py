"""What proves what happened is only added to, whatever a role's policies say, by those who are named here."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra import templates
from tests.support import cloudformation

Statement = dict[str, Any]

TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/perkbank-${Stage}-"
ENTRIES, CHAIN = TABLE + "audit-entries", TABLE + "audit-chain"
JOURNALS, STATEMENTS = TABLE + "ledger-journals", TABLE + "ledger-entries"
BUCKET = "arn:${AWS::Partition}:s3:::perkbank-${Stage}-audit-${AWS::AccountId}/"
CHANGES = {"UpdateItem", "DeleteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert"}
# PutItem may overwrite and IAM cannot tell: the code puts where nothing is, and the stream tells of what was.
ADDED = {ENTRIES: CHANGES | {"BatchWriteItem"}, CHAIN: CHANGES | {"BatchWriteItem"}}
ADDED |= {JOURNALS: CHANGES | {"BatchWriteItem"}, STATEMENTS: CHANGES}
APPENDERS = {"AuditOnEntries", "AuditOnJournals", "AuditOnDecisions", "AuditOnAnchor"}
VERIFIERS = {"AuditApi", "AuditOnRecentVerification", "AuditOnVerification"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def name_of(resource: Any) -> str:
    """A resource as a policy names it: the text of what it refers to."""
    return cloudformation.text(resource)


def policies() -> dict[str, list[Statement]]:
    """Every statement that a function's role has, by the function."""
    shared = {
        cloudformation.text(policy["ManagedPolicyName"]): policy
        for policy in cloudformation.resources("AWS::IAM::ManagedPolicy").values()
        if "ManagedPolicyName" in policy
    }
    own = cloudformation.resources("AWS::IAM::ManagedPolicy")
    found: dict[str, list[Statement]] = {}
    for path in map(templates.room_path, templates.rooms()):
        for name, function in cloudformation.resources("AWS::Serverless::Function", path).items():
            found[name] = []
            for policy in function.get("Policies", ()):
                if "Ref" in policy:
                    policy = own[policy["Ref"]]["PolicyDocument"]
                elif "Statement" not in policy:
                    policy = shared[cloudformation.text(policy).rsplit("/", 1)[-1]]["PolicyDocument"]
                found[name] += listed(policy["Statement"])
    return found


POLICIES = policies()


def may(statements: list[Statement], action: str, resource: str) -> bool:
    """Whether any of the statements allows it."""
    return any(
        statement["Effect"] == "Allow"
        and any(fnmatchcase(action.lower(), each.lower()) for each in listed(statement["Action"]))
        and any(fnmatchcase(resource, name_of(each)) for each in listed(statement["Resource"]))
        for statement in statements
    )


def those_who_may(action: str, resource: str) -> set[str]:
    return {name for name, statements in POLICIES.items() if may(statements, action, resource)}


@pytest.mark.parametrize("table", ADDED, ids=lambda table: table.rsplit("-", 2)[-1])
def test_no_role_may_change_or_remove_what_is_only_added(table: str) -> None:
    for action in ADDED[table]:
        assert those_who_may(f"dynamodb:{action}", table) == set(), action


@pytest.mark.parametrize("table", ADDED, ids=lambda table: table.rsplit("-", 2)[-1])
def test_nor_could_a_policy_of_a_later_room_allow_it(table: str) -> None:
    boundary = cloudformation.resources("AWS::IAM::ManagedPolicy")["FunctionBoundary"]["PolicyDocument"]
    denied = {
        action
        for statement in boundary["Statement"]
        if statement.get("Effect") == "Deny"
        and any(name_of(each) == table for each in listed(statement["Resource"]))
        for action in listed(statement["Action"])
    }

    for action in ADDED[table]:
        assert any(fnmatchcase(f"dynamodb:{action}", each) for each in denied), action


TABLES = {
    each: name
    for each, name in zip(
        ADDED, ("AuditEntries", "AuditChain", "LedgerJournals", "LedgerEntries"), strict=True
    )
}


def own_policy(table: str) -> list[Statement]:
    """The table's own policy, which it has on AWS."""
    policy = cloudformation.resources("AWS::DynamoDB::Table")[TABLES[table]]["ResourcePolicy"]["Fn::If"]
    assert (policy[0], policy[2]) == ("Cloud", {"Ref": "AWS::NoValue"})
    statements: list[Statement] = policy[1]["PolicyDocument"]["Statement"]
    assert all((each["Effect"], each["Principal"]) == ("Deny", "*") for each in statements)
    return statements


@pytest.mark.parametrize("table", ADDED, ids=lambda table: table.rsplit("-", 2)[-1])
def test_nor_may_a_person_whatever_their_policies_say(table: str) -> None:
    unconditional = [each for each in own_policy(table) if "Condition" not in each]

    denied = {action for each in unconditional for action in listed(each["Action"])}
    assert denied == {f"dynamodb:{action}" for action in ADDED[table]}


@pytest.mark.parametrize("table", ADDED, ids=lambda table: table.rsplit("-", 2)[-1])
@pytest.mark.parametrize("action", ["PutItem", "BatchWriteItem"])
def test_only_functions_that_add_may_add(table: str, action: str) -> None:
    """The table's policy lets in those whose own policies allow it, and nobody who is no function."""
    names = {function.logical_id: function.name for function in cloudformation.functions()}
    start = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
    adding = [start + names[each] for each in those_who_may(f"dynamodb:{action}", table)]
    let_in = [
        name_of(pattern)
        for each in own_policy(table)
        if each["Action"] == f"dynamodb:{action}"
        for pattern in listed(each["Condition"]["ArnNotLike"]["lambda:SourceFunctionArn"])
    ]

    assert bool(let_in) == bool(adding)
    assert all(any(fnmatchcase(each, pattern) for pattern in let_in) for each in adding)
    assert all(pattern.startswith(start + "perkbank-${Stage}-") for pattern in let_in)


def test_only_the_chain_s_own_functions_append_and_verifiers_write_reports_alone() -> None:
    assert those_who_may("dynamodb:PutItem", CHAIN) == APPENDERS | VERIFIERS

    for name in VERIFIERS:
        puts = [each for each in POLICIES[name] if may([each], "dynamodb:PutItem", CHAIN)]
        keys = [each["Condition"]["Fn::If"][1] for each in puts]
        assert keys == [{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["reports"]}}]


def test_only_they_sign_the_chain() -> None:
    """And the key says so too: tests/contract/test_keys.py."""
    assert those_who_may("kms:Sign", "AuditSigningKey") == APPENDERS


def test_only_the_anchoring_function_puts_anchors_and_nobody_takes_them_away() -> None:
    assert those_who_may("s3:PutObject", BUCKET + "*") == {"AuditOnAnchor"}
    for action in ("DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention"):
        assert those_who_may(f"s3:{action}", BUCKET + "*") == set()
    statements = cloudformation.resources("AWS::S3::BucketPolicy")["AuditBucketOverTlsOnly"]
    denied = {each["Sid"]: each for each in statements["PolicyDocument"]["Statement"]}
    puts = denied["NobodyPutsAnchorsButTheirFunction"]
    assert puts["Condition"] == {
        "ArnNotLike": {"lambda:SourceFunctionArn": {"Fn::Sub": "${AuditOnAnchor.Arn}*"}}
    }
    assert denied["NorDoesAnybodyCoverThem"]["Action"] == "s3:DeleteObject"


@pytest.mark.parametrize("bucket", ["AuditBucket", "TrailBucket"])
def test_what_is_put_into_a_bucket_of_proof_is_locked_whatever_was_said(bucket: str) -> None:
    rule = cloudformation.resources("AWS::S3::Bucket")[bucket]["ObjectLockConfiguration"]["Rule"]

    assert rule["DefaultRetention"]["Mode"] == "COMPLIANCE"


def test_who_writes_to_tables_anchors_or_batch_files_past_all_functions_is_recorded() -> None:
    selectors = cloudformation.resources("AWS::CloudTrail::Trail")["Trail"]["AdvancedEventSelectors"]
    recorded = {
        cloudformation.text(start)
        for selector in selectors
        for field in selector["FieldSelectors"]
        if field["Field"] == "resources.ARN"
        for start in field["StartsWith"]
    }
    of_reads = [
        field["Equals"]
        for selector in selectors
        for field in selector["FieldSelectors"]
        if field["Field"] == "readOnly"
    ]

    assert recorded == {TABLE, BUCKET, BUCKET.replace("audit", "batches")}
    # Writes, all of them, and no reads.
    assert of_reads == [["false"]] * len(selectors)
