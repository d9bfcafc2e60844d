"""Runs the built minne from outside: a server on port 0 of a temporary directory, requests over a real socket, commands.

    class ReportsTest(minne.Case):
        def test_a_report_starts_two_clocks(self):
            case = self.open_case()
            self.append(case, minne.report("2025-09-01"))

MINNE_BINARY names the program (CMake sets it), MINNE_SHARED the shared data (default: `shared` beside the source tree).
A file ends with `minne.main()`: exit 0 all passed, 1 a failure, 77 nothing could be run (ctest's SKIP_RETURN_CODE).
"""

import contextlib
import datetime
import fcntl
import http.client
import http.server
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
import uuid
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("MINNE_BINARY", "")
SHARED = Path(os.environ.get("MINNE_SHARED") or SOURCE.parent / "shared")
RECEIPT = SHARED / "data" / "receipt.xes.gz"
RECEIPT_OPTIONS = ["--deadline-attribute", "deadline", "--start-attribute", "startdate", "--end-attribute", "enddate"]
SKIPPED = 77
EVENTS = "application/vnd.minne.events"
TIMEOUT_S = 60


def main():
    """Runs the file's tests; arguments as of unittest (class or test names)."""
    if not BINARY or not os.access(BINARY, os.X_OK):
        print("skipped: MINNE_BINARY names no program", file=sys.stderr)
        sys.exit(SKIPPED)
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    if result.wasSuccessful() and result.skipped and len(result.skipped) >= result.testsRun:
        sys.exit(SKIPPED)
    sys.exit(0 if result.wasSuccessful() else 1)


def seeded(name):
    """A random generator whose seed is printed; MINNE_SEED replays it."""
    seed = int(os.environ.get("MINNE_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"{name}: MINNE_SEED={seed}", file=sys.stderr, flush=True)
    return random.Random(seed)


# ---- Commands ------------------------------------------------------------------------------------------------------


class Result:
    """What a command said and how it ended."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out[:2000]}\nstderr: {self.err[:2000]}"


def run(*arguments, stdin="", timeout=300):
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          timeout=timeout, check=False)
    return Result(done)


def start(*arguments):
    """A command that is still running."""
    return subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# ---- The server ----------------------------------------------------------------------------------------------------


class Server:
    """`minne serve` on a port of the system's choice. A context manager: stops at its end."""

    def __init__(self, data, *options, files=None):
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None
        self.data = Path(data)
        self.lines = []
        self.port = 0
        self._serving = threading.Event()
        self.process = subprocess.Popen([BINARY, "serve", "--data", str(data), "--listen", "127.0.0.1:0", *options],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=limit)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        if not self._serving.wait(TIMEOUT_S) or not self.port:
            self.kill()
            raise AssertionError("the server did not start:\n" + self.log)

    def _read_log(self):
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"serving .* on 127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                self._serving.set()
        self._serving.set()

    @property
    def log(self):
        return "".join(self.lines)

    def client(self):
        return Client(self.port)

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        return self._wait()

    def _wait(self):
        code = self.process.wait(TIMEOUT_S)
        self._reader.join(TIMEOUT_S)
        self.process.stderr.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


class Client:
    """One connection; not for several threads at once."""

    def __init__(self, port, timeout=TIMEOUT_S):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def call(self, method, target, body=None, headers=None, content_type=None):
        """`body`: bytes as they are, anything else as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", content_type or "application/json")
        try:
            self.connection.request(method, target, body, headers)
            response = self.connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        except Exception:
            self.connection.close()
            raise

    def get(self, target, **query):
        return self.call("GET", with_query(target, query))

    def post(self, target, body=None, **more):
        return self.call("POST", target, body, **more)

    def close(self):
        self.connection.close()


def with_query(target, query):
    chosen = {name: value for name, value in query.items() if value is not None}
    return target + ("?" + urllib.parse.urlencode(chosen) if chosen else "")


def all_pages(client, target, **query):
    """Every item, by `next`; and every page's reply."""
    items, replies, cursor = [], [], None
    while True:
        reply = client.get(target, **query, cursor=cursor)
        assert reply.status == 200, reply
        replies.append(reply)
        items += reply.json["items"]
        cursor = reply.json["next"]
        if cursor is None:
            return items, replies


# ---- Events --------------------------------------------------------------------------------------------------------


def new_id():
    return str(uuid.uuid4())


def event(kind, occurred_at, body=None, **envelope):
    out = {"type": kind, "occurred_at": occurred_at, **{k: v for k, v in envelope.items() if v is not None}}
    if body is not None:
        out["body"] = body
    return out


def case_opened(occurred_at="2025-07-01", number=None, ref=None, born="2015-05-15", **envelope):
    body = {"sex": "female", "area": "norr"}
    if born:
        body["birth_date"] = born
    if ref:
        body["external_ref"] = ref
    if number:
        envelope["sealed"] = {"person_number": number}
    return event("CaseOpened", occurred_at, body, **envelope)


def report(received, concern="school_absence", id=None, **envelope):
    body = {"channel": "letter", "reporter_category": "school", "mandated": True, "concerns": [{"code": concern}]}
    return event("ReportReceived", received, body, id=id or new_id(), received_at=received,
                 actor={"id": "w-01", "role": "intake", "unit": "intake"}, **envelope)


def note(occurred_at="2025-08-01", text="", **envelope):
    if text:
        envelope["sealed"] = {"text_ref": text}
    return event("NoteRecorded", occurred_at, {"kind": "call"}, **envelope)


def assigned(worker, matter=None, occurred_at="2025-07-02", role="responsible"):
    return event("CaseAssigned", occurred_at, {"worker": worker, "role": role, "unit": "norr"}, matter=matter)


def person_number(ordinal, born=datetime.date(2014, 3, 9)):
    """A valid personal number (Luhn), made up."""
    day = born + datetime.timedelta(days=ordinal // 900)
    digits = day.strftime("%y%m%d") + f"{ordinal % 900 + 50:03d}"
    total = 0
    for place, digit in enumerate(digits):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return day.strftime("%Y%m%d") + digits[6:] + str(-total % 10)


class Case(unittest.TestCase):
    """A server of its own for the class, one board."""

    BOARD = "norr"
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="minne-")
        cls.data = Path(cls.directory.name) / "data"
        cls.server = Server(cls.data, *cls.OPTIONS)
        cls.client = cls.server.client()
        assert cls.client.call("PUT", f"/v1/boards/{cls.BOARD}").status == 201

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        code = cls.server.stop()
        cls.directory.cleanup()
        assert code == 0, f"the server ended with {code}:\n{cls.server.log}"
        loud = [line for line in cls.server.lines if "[error]" in line or "[critical]" in line]
        assert not loud, "error lines in the log:\n" + "".join(loud)

    def path(self, rest=""):
        return f"/v1/boards/{self.BOARD}{rest}"

    def position(self):
        return self.client.get(self.path()).json["position"]

    def post_to(self, case, *events, expected=None, **more):
        body = {"events": list(events)}
        if expected is not None:
            body["expected_version"] = expected
        return self.client.post(self.path(f"/cases/{case}/events"), body, **more)

    def append(self, case, *events, **more):
        reply = self.post_to(case, *events, **more)
        self.assertEqual(reply.status, 201, reply)
        return reply.json

    def open_case(self, **more):
        case = new_id()
        self.append(case, case_opened(**more), expected="new")
        return case

    def get_case(self, case, **query):
        reply = self.client.get(self.path(f"/cases/{case}"), **query)
        self.assertEqual(reply.status, 200, reply)
        return reply.json

    def obligations(self, case, **query):
        reply = self.client.get(self.path(f"/cases/{case}/obligations"), **query)
        self.assertEqual(reply.status, 200, reply)
        return reply.json["items"]

    def refused(self, status, reply, **members):
        """A problem document (RFC 9457) of that status with these members."""
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.headers["Content-Type"], "application/problem+json")
        problem = reply.json
        self.assertEqual(problem["status"], status)
        for name in ("type", "title", "detail"):
            self.assertTrue(problem[name], problem)
        for name, value in members.items():
            self.assertEqual(problem.get(name), value, problem)
        return problem


# ---- Binary events -------------------------------------------------------------------------------------------------


def captured_appends(*arguments):
    """The binary bodies that a command sends: we hold the directory's lock and stand in for the server at its socket."""
    with tempfile.TemporaryDirectory(prefix="minne-") as directory:
        bodies = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, value, status=200):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path == "/v1/boards":
                    return self.answer({"items": [{"board": "x"}]})
                return self.answer({"status": "ok", "position": 0}, 404 if "/cases/" in self.path else 200)

            def do_PUT(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.answer({"board": "x"})

            def do_POST(self):
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer({"position": len(bodies), "appended": 1, "events": []})

            def log_message(self, *_):
                pass

        class Listener(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        lock = os.open(os.path.join(directory, "LOCK"), os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Listener(os.path.join(directory, "minne.sock"), Handler) as listener:
            threading.Thread(target=listener.serve_forever, daemon=True).start()
            done = run(*arguments, "--data", directory)
            listener.shutdown()
        os.close(lock)
        assert done.code == 0, done
        return bodies


def records_in(body):
    """Offsets at which the records of a binary body begin."""
    padded = lambda size: (size + 7) // 8 * 8
    at, out = 0, []
    while at < len(body):
        out.append(at)
        at += 8
        for _ in ("event", "sealed"):
            at += padded(4 + int.from_bytes(body[at:at + 4], "little"))
    return out


@contextlib.contextmanager
def temporary():
    with tempfile.TemporaryDirectory(prefix="minne-") as directory:
        yield Path(directory)


def copy_of(data, target):
    """A copy of a data directory that no process holds; the socket is left out."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(data, target, ignore=shutil.ignore_patterns("minne.sock"))
    return target
