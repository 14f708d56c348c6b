"""Keys of KMS: what each is for and who may use it, by its own policy, by roles and by the inventory."""

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.contract.test_proof import POLICIES, listed, name_of
from tests.support import cloudformation
from tests.support.cloudformation import ROOT

SECURITY = "infra/security.yaml"
KEYS = cloudformation.resources("AWS::KMS::Key")
EACH_KEY = pytest.mark.parametrize("key", KEYS)
# What is done with a key, by what it is for.
USES = {
    "SIGN_VERIFY": {"kms:Sign"},
    "ENCRYPT_DECRYPT": {"kms:GenerateDataKey", "kms:Decrypt"},
    "GENERATE_VERIFY_MAC": {"kms:GenerateMac"},
}
# Whoever could do this would use the key after all, or let others.
WAYS_AROUND = {
    *("CreateGrant", "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair"),
    *("GenerateDataKeyWithoutPlaintext", "GenerateMac", "ImportKeyMaterial", "ReEncryptFrom", "ReEncryptTo"),
    *("Sign", "Verify", "VerifyMac"),
}
ROOT_USER = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
FUNCTION = re.compile(r".*:function:perkbank-\$\{Stage\}-(?P<name>[a-z-]*)\*$")
# The room that issues tokens of a kind, by the key.
ISSUERS = {
    "TokenSigning": "IdentityApi",
    "CustomerTokenSigning": "CustomersApi",
    "StaffTokenSigning": "StaffApi",
}


def statements(key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = KEYS[key]["KeyPolicy"]["Statement"]
    return found


def actions(statement: dict[str, Any]) -> list[str]:
    return listed(statement["Action"])


def alias(key: str) -> str:
    """The name of a key without the stage's: `token-signing`."""
    (name,) = (
        cloudformation.text(each["AliasName"])
        for each in cloudformation.resources("AWS::KMS::Alias").values()
        if each["TargetKeyId"] == {"Ref": key}
    )
    return name.removeprefix("alias/perkbank-${Stage}-")


def users(key: str) -> set[str]:
    """The functions whose roles may use a key, by their logical ids."""
    names = {key, f"{key}.Arn"}
    outputs = cloudformation.template(SECURITY)["Outputs"]
    names |= {name for name, output in outputs.items() if output["Value"] == {"Fn::GetAtt": f"{key}.Arn"}}
    uses = USES[KEYS[key]["KeyUsage"]]
    return {
        function
        for function, held in POLICIES.items()
        if any(
            set(actions(each)) & uses and {name_of(one) for one in listed(each["Resource"])} & names
            for each in held
        )
    }


def callers(statement: dict[str, Any]) -> set[str]:
    """The functions that a statement of a key's policy is for, on AWS, by patterns of their names."""
    condition = statement["Condition"]["Fn::If"]
    assert (condition[0], condition[2]) == ("Cloud", {"Ref": "AWS::NoValue"})
    named = condition[1]["ArnLike"]["lambda:SourceFunctionArn"]
    matches = [FUNCTION.match(cloudformation.text(each)) for each in named]
    assert all(matches), named
    return {f"{match['name']}*" for match in matches if match}


def function_names(logical_ids: set[str]) -> set[str]:
    """Names without the stage's: `identity-api`."""
    known = {function.logical_id: function.name for function in cloudformation.functions()}
    return {known[each].removeprefix("perkbank-${Stage}-") for each in logical_ids}


# Policies of keys ---------------------------------------------------------------------------------------


@EACH_KEY
def test_the_account_looks_after_a_key_and_does_nothing_with_it(key: str) -> None:
    """It was `kms:*`: whoever has it in a policy of theirs could have signed, opened and found."""
    first, *_ = statements(key)

    assert (first["Sid"], cloudformation.text(first["Principal"]["AWS"])) == (
        "TheAccountManagesIt",
        ROOT_USER,
    )
    for action in WAYS_AROUND:
        assert not any(fnmatchcase(f"kms:{action}", each) for each in actions(first)), action
    assert {"kms:Put*", "kms:ScheduleKeyDeletion", "kms:Describe*"} <= set(actions(first))


@EACH_KEY
def test_a_key_is_for_its_use_alone(key: str) -> None:
    allowed = {action for each in statements(key)[1:] for action in actions(each)}

    assert allowed == USES[KEYS[key]["KeyUsage"]]
    assert all(each["Effect"] == "Allow" for each in statements(key))


@EACH_KEY
def test_no_more_functions_may_use_a_key_than_its_policy_names(key: str) -> None:
    """What signs, opens or hashes on AWS is a function, whatever else somebody's policies say."""
    bound = [each for each in statements(key)[1:] if "Fn::If" in each.get("Condition", {})]
    assert bound
    named = set().union(*map(callers, bound))
    using = function_names(users(key))

    assert using
    assert all(any(fnmatchcase(function, each) for each in named) for function in using)
    if KEYS[key]["KeyUsage"] == "SIGN_VERIFY":
        assert {each.removesuffix("*") for each in named} == using


def test_whatever_else_a_key_allows_is_known() -> None:
    """Sealing by operators, and S3 on behalf of whoever may read its objects."""
    free = {
        (key, *actions(each), *(each.get("Condition", {}).get("StringEquals", ())))
        for key in KEYS
        for each in statements(key)[1:]
        if "Fn::If" not in each.get("Condition", {})
    }

    assert free == {
        ("FieldEncryption", "kms:GenerateDataKey"),
        ("FieldEncryption", "kms:Decrypt", "kms:ViaService"),
    }


@pytest.mark.parametrize("key", ISSUERS)
def test_the_room_that_issues_tokens_of_a_kind_signs_with_its_key_and_no_other_does(key: str) -> None:
    assert users(key) == {ISSUERS[key]}
    assert sum(ISSUERS[key] in users(other) for other in ISSUERS) == 1


def test_every_function_knows_the_keys_of_each_kind() -> None:
    """The first signs, all verify: what a rotation changes is a list in one place."""
    outputs = cloudformation.template(SECURITY)["Outputs"]
    kinds = ("Channel", "Customer", "Staff")
    lists = [outputs[f"{kind}TokenKeys"]["Value"]["Fn::Join"] for kind in kinds]

    assert [(comma, keys[0]["Fn::GetAtt"]) for comma, keys in lists] == [
        (",", f"{key}.Arn") for key in ISSUERS
    ]
    for function in cloudformation.functions():
        given = cloudformation.text(function.environment["TOKEN_KEYS"])
        assert re.findall(r'"(\w+)":"\$\{(\w+)\}"', given) == [
            (kind.lower(), f"{kind}TokenKeys") for kind in kinds
        ]


# The inventory ------------------------------------------------------------------------------------------


def inventory() -> dict[str, list[str]]:
    """The rows of the table of keys in docs/security.md, by the key's name."""
    section = (ROOT / "docs" / "security.md").read_text().split("\n## Keys\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in rows}


def meant(name: str) -> set[str]:
    """The functions that the inventory names: one by its name, or all with a policy that rooms share."""
    policy = f"policy/perkbank-${{Stage}}-{name}"
    functions = cloudformation.resources("AWS::Serverless::Function")
    having = {
        logical_id
        for logical_id, function in functions.items()
        if any(each.get("Fn::Sub", "").endswith(policy) for each in function.get("Policies", ()))
    }
    return function_names(having) or function_names(set(functions)) & {name}


def test_the_inventory_has_every_key_and_no_other() -> None:
    assert inventory().keys() == {alias(key) for key in KEYS}


@EACH_KEY
def test_the_inventory_says_of_a_key_what_the_templates_say(key: str) -> None:
    spec, what_for, who, replaced = inventory()[alias(key)]

    assert spec == KEYS[key]["KeySpec"]
    assert what_for
    named = re.findall(r"`([a-z-]+)`", who)
    assert all(meant(name) for name in named)
    assert set().union(*map(meant, named)) == function_names(users(key))
    assert ("by AWS every year" in replaced) == KEYS[key].get("EnableKeyRotation", False)
