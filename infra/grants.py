"""Permissions of every function, whatever it is for: generated into its room's template."""

from typing import Any

PARAMETER = (
    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/perkbank/${Stage}/test-clock"
)
TEST_CLOCK = f"""
# Take their time from the test clock, on stages of developers and tests alone (bank.testclock)
TestClockPolicy:
  Type: AWS::IAM::Policy
  Condition: Simulated
  Properties:
    PolicyName: test-clock
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: ssm:GetParameter
          Resource: !Sub {PARAMETER}
    Roles:
"""


def test_clock(template: dict[str, Any]) -> str:
    """Leave to read the test clock for a room's functions, after whom SAM names their roles."""
    resources = template["Resources"]
    functions = [name for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"]
    return TEST_CLOCK + "".join(f"      - !Ref {name}Role\n" for name in functions) if functions else ""
