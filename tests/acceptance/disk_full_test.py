"""A disk that fills: appends stop before the databases meet its end, reads go on, nothing acknowledged is lost."""

import os
import shutil
import subprocess
import threading
import unittest

import minne
from minne import case_opened, new_id, note, report

RESERVE_BYTES = 512 << 20   # LogOptions::reserve_bytes
DISK_BYTES = 600 << 20
BOARD = "/v1/boards/norr"


class DiskFullTest(unittest.TestCase):
    def setUp(self):
        self.directory = minne.tempfile.mkdtemp(prefix="minne-disk-")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "minne-test", self.directory],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            os.rmdir(self.directory)
            self.skipTest(f"mounting is not permitted: {mounted.stderr.strip()}")
        self.data = minne.Path(self.directory) / "data"
        self.ballast = minne.Path(self.directory) / "ballast"
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            server.kill()
        subprocess.run(["umount", "-l", self.directory], check=True)
        os.rmdir(self.directory)

    def serve(self):
        self.servers.append(minne.Server(self.data))
        return self.servers[-1]

    def fill(self, left):
        """Writes until no more than `left` bytes are free."""
        with open(self.ballast, "ab") as ballast:
            missing = shutil.disk_usage(self.directory).free - left
            if missing > 0:
                os.posix_fallocate(ballast.fileno(), ballast.tell(), missing)

    def append(self, client, case, count=5):
        return client.post(f"{BOARD}/cases/{case}/events", {"events": [note(id=new_id(), text="x" * 300) for _ in range(count)]})

    def test_appends_stop_below_the_reserve_and_go_on_above_it(self):
        server = self.serve()
        client, case = server.client(), new_id()
        client.call("PUT", BOARD)
        client.post(f"{BOARD}/cases/{case}/events", {"events": [case_opened(), report("2025-09-01")]})
        acknowledged = [line for _ in range(20) for line in self.append(client, case).json["events"]]
        self.fill(RESERVE_BYTES - (1 << 20))
        for _ in range(5):
            refused = self.append(client, case)
            self.assertEqual(refused.status, 507, refused)
            self.assertEqual((refused.headers["Content-Type"], refused.json["type"]), ("application/problem+json", "urn:minne:problem:no-space"))
            self.assertIn("space", refused.json["detail"])
        self.assertEqual(client.post(f"{BOARD}/events", {"events": [dict(note(), case=case)]}).status, 507)
        health = client.get("/healthz")
        self.assertEqual((health.status, health.json["status"]), (503, "no_space"))
        self.check(client, case, acknowledged)
        # A rebuild finds no room, says so, and leaves what was there.
        before = client.get(f"{BOARD}/deadlines").json
        rebuild = client.post(f"{BOARD}/rebuild")
        self.assertEqual(rebuild.status, 507, rebuild)
        self.assertEqual(client.get(f"{BOARD}/deadlines").json, before)
        work = self.data / "derived" / "rebuild"
        self.assertFalse(work.exists() and any(path.is_file() for path in work.rglob("*")), "a rebuild's files are left behind")
        # Started anew on the full disk: reads, and no writes.
        self.assertEqual(server.stop(), 0)
        client.close()
        server = self.serve()
        client = server.client()
        self.check(client, case, acknowledged)
        self.fill(RESERVE_BYTES - (1 << 20))   # closing has given back the write-ahead log
        self.assertEqual(self.append(client, case).status, 507)
        self.ballast.unlink()
        again = self.append(client, case)
        self.assertEqual(again.status, 201, again)
        self.check(client, case, acknowledged + again.json["events"])
        self.assertEqual(client.get("/healthz").status, 200)
        self.assertEqual(client.post(f"{BOARD}/rebuild").status, 200)
        client.close()
        self.assertEqual(server.stop(), 0)
        verified = minne.run("verify", "--data", self.data, "--json")
        self.assertEqual(verified.code, 0, verified)

    def check(self, client, case, acknowledged):
        shown = client.get(f"{BOARD}/cases/{case}")
        self.assertEqual(shown.status, 200, shown)
        self.assertEqual(shown.json["version"], 2 + len(acknowledged))
        items = client.get(f"{BOARD}/cases/{case}/events", limit=1000).json["items"][2:]
        self.assertEqual([(item["id"], item["position"]) for item in items], [(line["id"], line["position"]) for line in acknowledged])
        deadlines = client.get(f"{BOARD}/deadlines")
        self.assertEqual((deadlines.status, deadlines.json["total"]), (200, 2))

    def test_nothing_acknowledged_is_lost_while_the_disk_fills_under_load(self):
        server = self.serve()
        client = server.client()
        client.call("PUT", BOARD)
        acknowledged, refused, faults = [], [], []

        def work():
            one = server.client()
            try:
                while len(refused) < 40:
                    events = [case_opened(id=new_id()), *[note(text="x" * 2000) for _ in range(20)]]
                    reply = one.post(f"{BOARD}/cases/{new_id()}/events", {"events": events})
                    if reply.status == 201:
                        acknowledged.extend((line["case"], line["id"], line["position"]) for line in reply.json["events"])
                    elif reply.status in (503, 507):
                        refused.append(reply.status)
                    else:
                        faults.append(repr(reply))
                        return
            except Exception as fault:  # noqa: BLE001
                faults.append(repr(fault))
            finally:
                one.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.fill(RESERVE_BYTES + (6 << 20))   # what is left is filled by the load itself
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])
        self.assertIn(507, refused)
        server.kill()
        client.close()
        verified = minne.run("verify", "--data", self.data, "--json")
        self.assertEqual(verified.code, 0, verified)
        self.ballast.unlink()
        server = self.serve()
        client = server.client()
        found = {}
        for case in {case for case, _, _ in acknowledged}:
            for item in client.get(f"{BOARD}/cases/{case}/events", limit=1000).json["items"]:
                found[case, item["id"]] = item["position"]
        self.assertEqual({(case, id): position for case, id, position in acknowledged}, found)
        client.close()

    def test_a_command_says_what_is_wrong(self):
        self.assertEqual(minne.run("generate", "--events", 2000, "--data", self.data).code, 0)
        self.fill(RESERVE_BYTES - (1 << 20))
        listed = minne.run("deadlines", "--data", self.data, "--json")
        self.assertEqual(listed.code, 0, listed)
        verified = minne.run("verify", "--data", self.data, "--json")
        self.assertEqual(verified.code, 0, verified)
        for arguments in (["rebuild"], ["generate", "--events", 10, "--board", "other"]):
            done = minne.run(*arguments, "--data", self.data)
            self.assertEqual((done.code, done.out), (1, ""), done)
            self.assertIn("space", done.err)
        self.assertEqual(minne.run("deadlines", "--data", self.data, "--json").out, listed.out)


if __name__ == "__main__":
    minne.main()
