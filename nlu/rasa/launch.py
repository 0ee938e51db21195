"""Trains and serves with Rasa, run by Rasa's own Python (3.10): `.rasa/bin/python nlu/rasa/launch.py serve --model M`.

Standard library only. Telemetry is off, one core is used, and the token is not in the list of processes.
"""

from __future__ import annotations

import argparse
import os
import runpy
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
VAR = PROJECT / "var" / "rasa"
TOKEN = "ARRAIGO_RASA_TOKEN"  # noqa: S105 - the variable's name
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
}


def main() -> None:
    """Become Rasa's own command."""
    arguments = _parser().parse_args()
    os.environ.update(_ENVIRONMENT)
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(VAR / "cache"))
    sys.argv = ["rasa", *(_train(arguments) if arguments.command == "train" else _serve(arguments))]
    sys.path.remove(str(HERE))
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="learn from the examples")
    train.add_argument("--config", type=Path, default=HERE / "config.yml")
    train.add_argument("--data", type=Path, default=PROJECT / "nlu" / "data" / "intents")
    train.add_argument("--out", type=Path, required=True, help="the .tar.gz to write")
    serve = commands.add_parser("serve", help=f"answer POST /model/parse; the token comes from {TOKEN}")
    serve.add_argument("--model", type=Path, required=True)
    serve.add_argument("--interface", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=5005)
    return parser


def _train(arguments: argparse.Namespace) -> list[str]:
    out: Path = arguments.out
    options = {"--nlu": arguments.data, "--config": arguments.config, "--domain": HERE / "domain.yml"}
    options |= {"--out": out.parent, "--fixed-model-name": out.name.removesuffix(".tar.gz")}
    return ["train", "nlu", *(str(word) for option in options.items() for word in option)]


def _serve(arguments: argparse.Namespace) -> list[str]:
    where = [f"--interface={arguments.interface}", f"--port={arguments.port}"]
    channels = f"--credentials={HERE / 'credentials.yml'}"
    return ["run", "--enable-api", f"--model={arguments.model}", channels, *where, f"--auth-token={_token(arguments)}"]


def _token(arguments: argparse.Namespace) -> str:
    """The environment's, else one that is made up once and kept for its owner alone."""
    if given := os.environ.pop(TOKEN, ""):
        return given
    kept = VAR / "token"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    print("Rasa takes a minute to start. For .env:", file=sys.stderr)
    print(f"  ARRAIGO_NLU=rasa\n  ARRAIGO_RASA_URL=http://{arguments.interface}:{arguments.port}", file=sys.stderr)
    print(f"  {TOKEN}=  (what is in {os.path.relpath(kept)})", file=sys.stderr, flush=True)
    return kept.read_text().strip()


if __name__ == "__main__":
    main()
