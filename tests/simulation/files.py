"""S3: every version of every file, and the messages that tell of them."""

import json
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from audit.settings import settings
from tests.support.embedded import AwsAnswer, AwsCall, object_store

if TYPE_CHECKING:
    from tests.simulation.world import World

Place = tuple[str, str]

MISSING = b"<Error><Code>NoSuchKey</Code><Message>There is no such file.</Message></Error>"


class Files:
    """Files by bucket and key, each a list of its versions from 1."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._versions: dict[Place, list[tuple[bytes, str]]] = defaultdict(list)

    def serve(self, call: AwsCall) -> AwsAnswer:
        """GetObject, of a version or the last one, and PutObject; for the audit room whatever it asks.

        Nobody holds a client to what its URL was signed for: the room has to look for itself.
        """
        url = urlsplit(call.request.url)
        bucket, _, key = unquote(url.path).removeprefix("/").partition("/")
        if bucket == settings.bucket:
            return object_store(call)
        if call.operation == "PutObject":
            body = call.request.body
            content = body.read() if hasattr(body, "read") else body
            return self._answer(self._keep((bucket, key), content, "text/csv"))
        versions = self._versions[bucket, key]
        if not versions:
            return AwsAnswer(404, {"Content-Type": "application/xml"}, MISSING)
        version = int(parse_qs(url.query).get("versionId", [str(len(versions))])[0])
        return self._answer(version, *versions[version - 1])

    def _keep(self, place: Place, content: bytes, media_type: str) -> int:
        self._versions[place].append((content, media_type))
        return len(self._versions[place])

    def _answer(self, version: int, body: bytes = b"", media_type: str = "text/plain") -> AwsAnswer:
        headers = {"x-amz-version-id": str(version), "Content-Length": str(len(body))}
        return AwsAnswer(200, {**headers, "Content-Type": media_type}, body)

    def upload(self, place: Place, content: str, media_type: str, consumer: str) -> None:
        """Put a file as a client does; S3 tells the queue of `consumer`, now and then twice."""
        version = self._keep(place, content.encode(), media_type)
        stored = {"key": place[1], "size": len(content), "versionId": str(version)}
        notification = json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": stored}}]})
        for _ in range(self._world.random.choice([1, 1, 2])):
            self._world.queues.put(consumer, notification)
