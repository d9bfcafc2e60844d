"""Killed at any moment, under load: what was acknowledged is there, once, where it was said to be."""

import random
import subprocess
import threading
import time
import unittest

import minne
from minne import case_opened, event, new_id, note, person_number, report

KILLS = 22
BOARD = "/v1/boards/norr"


class Request:
    """One append as it was sent, and what came back; None: the server was killed before it answered."""

    def __init__(self, target, body, headers=None):
        self.target, self.body, self.headers = target, body, headers or {}
        self.outcome = None

    def send(self, client):
        return client.call("POST", BOARD + self.target, self.body, self.headers)


class Load:
    """Threads that append to random cases until the server is gone."""

    THREADS = 6

    def __init__(self, chance, cases):
        self.chance, self.cases = chance, cases   # cases: those known to exist
        self.requests, self.faults, self.lock = [], [], threading.Lock()

    def some_events(self, chance, with_ids):
        kind = chance.randrange(3)
        id = new_id() if with_ids else None
        if kind == 0:
            return [report(f"2025-09-{chance.randrange(1, 29):02d}", id=id or new_id())]
        if kind == 1:
            return [note(f"2025-08-{chance.randrange(1, 29):02d}", "fri text " * chance.randrange(60), id=id)]
        return [event("ActionRecorded", "2025-08-01", {"activity": "x" * chance.randrange(1, 900)}, id=id)] + [
            note(id=new_id() if with_ids else None) for _ in range(chance.randrange(4))]

    def make(self, chance):
        kind = chance.randrange(10)
        if kind < 2:
            return Request(f"/cases/{new_id()}/events", {"expected_version": "new", "events": [case_opened(id=new_id()), note(id=new_id())]})
        if kind < 4:
            chosen = chance.sample(self.cases, min(3, len(self.cases)))
            correlation = new_id()
            return Request("/events", {"cases": [{"case": case, "events": [report("2025-09-09", correlation_id=correlation)]} for case in chosen]})
        case = chance.choice(self.cases)
        if kind < 7:
            return Request(f"/cases/{case}/events", {"events": [one for one in self.some_events(chance, False)]},
                           {"Idempotency-Key": new_id()})
        return Request(f"/cases/{case}/events", {"events": self.some_events(chance, True)})

    def work(self, port, seed):
        chance, client = random.Random(seed), minne.Client(port)
        try:
            while True:
                request = self.make(chance)
                with self.lock:
                    self.requests.append(request)
                reply = request.send(client)
                if reply.status == 409 and "moved on" in reply.json["detail"]:
                    with self.lock:
                        self.requests.remove(request)   # decided five times in vain: certainly not appended
                elif reply.status in (200, 201):
                    request.outcome = reply.json["events"]
                    with self.lock:
                        self.cases += [line["case"] for line in request.outcome if line["version"] == 1]
                else:
                    self.faults.append(repr(reply))
                    return
        except (OSError, minne.http.client.HTTPException):
            pass   # killed
        finally:
            client.close()

    def run(self, server, delay):
        threads = [threading.Thread(target=self.work, args=(server.port, self.chance.randrange(1 << 30))) for _ in range(self.THREADS)]
        for thread in threads:
            thread.start()
        time.sleep(delay)   # the moment of the kill is what is tried here
        server.kill()
        for thread in threads:
            thread.join()


class KillTest(unittest.TestCase):
    def check(self, client, requests):
        """Reads the whole board; acknowledged and repeated requests are where they were said to be, nothing is there twice."""
        cases = {line["case"] for request in requests for line in request.outcome}
        found, positions = {}, []
        for case in cases:
            items = []
            while True:
                page = client.get(f"{BOARD}/cases/{case}/events", after=len(items), limit=1000)
                self.assertEqual(page.status, 200, page)
                items += page.json["items"]
                if page.json["next"] is None:
                    break
            self.assertEqual([item["version"] for item in items], list(range(1, len(items) + 1)))
            self.assertEqual([item["position"] for item in items], sorted(item["position"] for item in items))
            for item in items:
                self.assertNotIn((case, item["id"]), found)
                found[case, item["id"]] = (item["position"], item["version"])
                positions.append(item["position"])
        head = client.get(BOARD).json["position"]
        self.assertEqual(sorted(positions), list(range(1, head + 1)))
        for request in requests:
            for line in request.outcome:
                self.assertEqual(found.pop((line["case"], line["id"])), (line["position"], line["version"]))
        self.assertEqual(found, {}, "events that nobody was told of")
        return head

    def test_nothing_acknowledged_is_lost_or_doubled_by_a_kill(self):
        chance = minne.seeded("kills")
        with minne.temporary() as directory:
            data, cases, all_requests, head = directory / "data", [], [], 0
            for kill in range(KILLS + 1):
                server = minne.Server(data)
                client = server.client()
                if kill == 0:
                    self.assertEqual(client.call("PUT", BOARD).status, 201)
                    first = Request(f"/cases/{new_id()}/events", {"events": [case_opened(id=new_id())]})
                    first.outcome = first.send(client).json["events"]
                    all_requests.append(first)
                    cases.append(first.outcome[0]["case"])
                # What was not answered is sent again: done before or done now, in any case once.
                for request in all_requests:
                    if request.outcome is None:
                        reply = request.send(client)
                        self.assertIn(reply.status, (200, 201), reply)
                        self.assertEqual({line["repeated"] for line in reply.json["events"]}, {reply.status == 200})
                        request.outcome = reply.json["events"]
                        cases += [line["case"] for line in request.outcome if line["version"] == 1]
                if kill % 3 == 0 or kill == KILLS:
                    head = self.check(client, all_requests)
                for case in chance.sample(cases, min(3, len(cases))):
                    self.assertEqual(client.get(f"{BOARD}/cases/{case}/reports").status, 200)
                deadlines = client.get(f"{BOARD}/deadlines", rule="PROT_ASSESS", limit=1)
                self.assertEqual(deadlines.status, 200, deadlines)
                reports = {item["id"] for request in all_requests for item in self.reports_of(request)}
                self.assertEqual(deadlines.json["total"], len(reports))
                client.close()
                if kill == KILLS:
                    self.assertEqual(server.stop(), 0)
                    break
                if kill % 7 == 6:
                    server.kill()
                    verified = minne.run("verify", "--data", data, "--json")
                    self.assertEqual(verified.code, 0, verified)
                    server = minne.Server(data)
                load = Load(chance, cases)
                load.run(server, chance.uniform(0.01, 0.45))
                self.assertEqual(load.faults, [])
                all_requests += load.requests
            verified = minne.run("verify", "--data", data, "--json")
            self.assertEqual(verified.code, 0, verified)
            self.assertEqual(verified.json["boards"][0]["events"], head)
            rebuilt = minne.run("rebuild", "--data", data, "--json")
            self.assertEqual(rebuilt.code, 0, rebuilt)
            for line in rebuilt.json["projections"]:
                self.assertEqual(line["checksum"], line["checksum_before"], line["name"])
            print(f"{KILLS} kills, {head} events, {len(all_requests)} requests", flush=True)

    @staticmethod
    def reports_of(request):
        groups = request.body.get("cases") or [request.body]
        return [item for group in groups for item in group["events"] if item["type"] == "ReportReceived"]

    def test_a_person_opened_before_a_kill_has_one_case_after_it(self):
        with minne.temporary() as directory:
            for attempt in range(5):
                server = minne.Server(directory / "data")
                client = server.client()
                client.call("PUT", BOARD)
                first, number = new_id(), person_number(attempt)
                for _ in range(6):   # what projections will have to catch up with
                    cases = [{"case": new_id(), "events": [case_opened()] + [report("2025-09-01") for _ in range(20)]} for _ in range(80)]
                    self.assertEqual(client.post(f"{BOARD}/events", {"cases": cases}).status, 201)
                self.assertEqual(client.post(f"{BOARD}/cases/{first}/events", {"events": [case_opened(number=number)]}).status, 201)
                client.close()
                server.kill()
                with minne.Server(directory / "data") as server:
                    client = server.client()
                    reply = client.post(f"{BOARD}/cases/{new_id()}/events", {"events": [case_opened(number=number)]})
                    self.assertEqual((reply.status, reply.json.get("case")), (409, first), reply)
                    client.close()


class UpkeepKillTest(unittest.TestCase):
    """Killed in the middle of a command: the directory opens, and the work can be done again."""

    def test_a_rebuild_that_is_killed_changes_nothing(self):
        chance = minne.seeded("rebuild kills")
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run("generate", "--events", 30_000, "--seed", 3, "--data", data).code, 0)
            sums = self.rebuilt(data)
            for kill in range(8):
                if kill % 2 == 0:
                    command = minne.start("rebuild", "--data", data, "--memory-mib", 16)
                    self.end(command, chance.uniform(0.02, 0.3))
                else:
                    server = minne.Server(data)
                    client = server.client()
                    asked = threading.Thread(target=self.ask_quietly, args=(client,))
                    asked.start()
                    time.sleep(chance.uniform(0.005, 0.25))
                    server.kill()
                    asked.join()
                if kill % 4 == 3:
                    verified = minne.run("verify", "--data", data, "--json")
                    self.assertEqual(verified.code, 0, verified)
                listed = minne.run("deadlines", "--data", data, "--json", "--today", "2024-01-01")
                self.assertEqual(listed.code, 0, listed)
                self.assertEqual(self.rebuilt(data), sums)
            self.assertFalse((data / "derived" / "rebuild").exists() and list((data / "derived" / "rebuild").rglob("*.sst")))

    @staticmethod
    def ask_quietly(client):
        try:
            client.post("/v1/boards/generated/rebuild?memory_mib=16")
        except (OSError, minne.http.client.HTTPException):
            pass
        finally:
            client.close()

    def rebuilt(self, data):
        done = minne.run("rebuild", "--data", data, "--json")
        self.assertEqual(done.code, 0, done)
        for line in done.json["projections"]:
            self.assertEqual(line["checksum"], line["checksum_before"], line["name"])
        return [(line["name"], line["rows"], line["checksum"]) for line in done.json["projections"]]

    @staticmethod
    def end(command, delay):
        """Kills after a while, if it is still running then."""
        try:
            command.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            command.kill()
            command.communicate()

    def test_a_generate_that_is_killed_leaves_a_sound_beginning(self):
        chance = minne.seeded("generate kills")
        with minne.temporary() as directory:
            whole = directory / "whole"
            self.assertEqual(minne.run("generate", "--events", 20_000, "--seed", 4, "--data", whole).code, 0)
            for kill in range(4):
                data = directory / f"data{kill}"
                self.end(minne.start("generate", "--events", 60_000, "--seed", 4, "--data", data), chance.uniform(0.05, 0.9))
                if not data.exists():
                    continue
                verified = minne.run("verify", "--data", data, "--json")
                self.assertEqual(verified.code, 0, verified)
                for board in verified.json["boards"]:
                    self.assertEqual(board["events"], board["position"])
                    self.assertLessEqual(board["events"], 60_000)

    def test_an_import_that_is_killed_is_finished_by_the_next(self):
        if not minne.RECEIPT.exists():
            self.skipTest(f"no {minne.RECEIPT}")
        chance = minne.seeded("import kills")
        arguments = ["import", "xes", minne.RECEIPT, "--board", "wabo", *minne.RECEIPT_OPTIONS, "--json"]
        with minne.temporary() as directory:
            data = directory / "data"
            for kill in range(6):
                self.end(minne.start(*arguments, "--data", data), chance.uniform(0.05, 0.5))
                if kill % 3 == 2:
                    verified = minne.run("verify", "--data", data, "--json")
                    self.assertEqual(verified.code, 0, verified)
            before = minne.run("verify", "--data", data, "--json").json["boards"]
            stored = before[0]["events"] if before else 0
            done = minne.run(*arguments, "--data", data)
            self.assertEqual(done.code, 0, done)
            self.assertEqual((done.json["cases"], stored + done.json["events_appended"]), (1434, 12_775))
            verified = minne.run("verify", "--data", data, "--json")
            self.assertEqual((verified.code, verified.json["boards"][0]["events"]), (0, 12_775), verified)


if __name__ == "__main__":
    minne.main()
