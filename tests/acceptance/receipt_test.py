"""The shared log of a real municipality (receipt.xes.gz), with numbers that were counted by other means; its faults, and damage."""

import concurrent.futures
import os
import shutil
import signal
import unittest

import minne

ARGUMENTS = ["import", "xes", minne.RECEIPT, "--board", "wabo", *minne.RECEIPT_OPTIONS, "--json"]


def setUpModule():
    if not minne.RECEIPT.exists():
        raise unittest.SkipTest(f"no {minne.RECEIPT}")


class ReceiptTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = minne.tempfile.TemporaryDirectory(prefix="minne-")
        cls.data = minne.Path(cls.directory.name) / "data"
        cls.imported = minne.run(*ARGUMENTS, "--data", cls.data)
        assert cls.imported.code == 0, cls.imported

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def command(self, *arguments):
        done = minne.run(*arguments, "--data", self.data, "--json")
        self.assertEqual(done.code, 0, done)
        return done.json

    def test_what_the_import_says(self):
        self.assertEqual(self.imported.json, {"cases": 1434, "actions": 8577, "workers": 48, "worker_changes": 1208,
                                              "events_appended": 12_775, "skipped": [], "position": 12_775})

    def test_a_second_import_appends_nothing(self):
        again = minne.run(*ARGUMENTS, "--data", self.data)
        self.assertEqual(again.code, 0, again)
        self.assertEqual(again.json, {**self.imported.json, "events_appended": 0})

    def test_the_totals_of_the_deadline_queue(self):
        totals = {state: self.command("deadlines", "--state", state, "--limit", 1)["total"]
                  for state in ("met_late", "met", "open", "extended", "cancelled", "all")}
        self.assertEqual(totals, {"met_late": 309, "met": 1020, "open": 105, "extended": 0, "cancelled": 0, "all": 1434})

    def test_the_queue_is_by_nominal_date_and_each_obligation_in_it_once(self):
        items, cursor = [], None
        while True:
            page = self.command("deadlines", "--state", "all", "--limit", 500, *(["--cursor", cursor] if cursor else []))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        self.assertEqual((len(items), len({item["id"] for item in items})), (1434, 1434))
        keys = [(item["nominal"], item["case"]) for item in items]
        self.assertEqual(keys, sorted(keys))

    def test_one_case(self):
        shown = self.command("show", "--ref", "case-10017")
        actions = [item for item in shown["events"] if item["type"] == "ActionRecorded"]
        self.assertEqual(len(actions), 9)
        self.assertEqual([item["version"] for item in shown["events"]], list(range(1, len(shown["events"]) + 1)))
        self.assertEqual([item["type"] for item in shown["events"]][:2], ["CaseOpened", "DeadlineSet"])
        times = [item["occurred_at"] for item in actions]
        self.assertEqual(times, sorted(times))
        self.assertEqual(actions[0]["body"]["activity"], "Confirmation of receipt")
        self.assertEqual(len(shown["workers"]), 2)
        self.assertEqual([(item["rule"], item["nominal"], item["state"]) for item in shown["obligations"]], [("IMPORTED", "2011-12-06", "met")])
        by_id = self.command("show", shown["case"])
        self.assertEqual(by_id, shown)

    def test_a_rebuild_gives_the_same_sums(self):
        for options in ([], ["--threads", 1], ["--memory-mib", 16]):
            rebuilt = self.command("rebuild", *options)
            self.assertEqual(rebuilt["events"], 12_775)
            self.assertGreater(len(rebuilt["projections"]), 5)
            for line in rebuilt["projections"]:
                self.assertEqual(line["checksum"], line["checksum_before"], line["name"])

    def test_verify_finds_it_sound(self):
        report = self.command("verify")
        self.assertEqual((report["ok"], report["faults"]), (True, []))
        self.assertEqual([(board["name"], board["events"], board["cases"], board["position"]) for board in report["boards"]],
                         [("wabo", 12_775, 1434, 12_775)])

    def test_what_is_not_there_is_exit_1(self):
        for arguments in (["show", "--ref", "case-0"], ["show", minne.new_id()], ["show", "17"], ["show", "--ref", "case-10017", "--board", "x"],
                          ["deadlines", "--board", "nobody"], ["repeats", "--board", "nobody"], ["rebuild", "--board", "nobody"]):
            done = minne.run(*arguments, "--data", self.data, "--json")
            self.assertEqual((done.code, done.out), (1, ""), done)
            self.assertTrue(done.err.startswith("minne: "), done)
        for command in ("show x", "deadlines", "repeats", "rebuild", "verify"):
            done = minne.run(*command.split(), "--data", self.data / "nowhere")
            self.assertEqual(done.code, 1, done)
            self.assertFalse((self.data / "nowhere").exists())


TRACE = '<trace><string key="concept:name" value="{name}"/>{events}</trace>'
EVENT = '<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{time}"/></event>'


def log_of(*traces):
    return '<?xml version="1.0" encoding="UTF-8"?><log xes.version="1.0">\n' + "\n".join(traces) + "\n</log>"


def trace(name, *times, activity="a"):
    return TRACE.format(name=name, events="".join(EVENT.format(name=activity, time=time) for time in times))


class FaultsTest(unittest.TestCase):
    """Files that are not right."""

    def setUp(self):
        self.directory = minne.tempfile.TemporaryDirectory(prefix="minne-")
        self.data = minne.Path(self.directory.name) / "data"
        self.file = minne.Path(self.directory.name) / "log.xes"

    def tearDown(self):
        self.directory.cleanup()

    def take_in(self, text, *options):
        self.file.write_text(text, encoding="utf-8")
        return minne.run("import", "xes", self.file, "--data", self.data, "--board", "b", "--json", *options)

    def events(self):
        done = minne.run("verify", "--data", self.data, "--json")
        self.assertEqual(done.code, 0, done)
        return sum(board["events"] for board in done.json["boards"])

    GOOD = trace("one", "2025-01-01T10:00:00Z")

    def test_a_faulty_trace_stops_the_import_and_earlier_ones_stay(self):
        for number, (bad, why) in enumerate((
                ("<trace></trace>", "concept:name"), (trace("one", "2025-01-02T10:00:00Z"), "before"),
                (trace("two", "yesterday"), "time:timestamp"), (TRACE.format(name="two", events="<event></event>"), ""),
                (trace("two", "2025-01-01T10:00:00Z", activity=""), "concept:name"),
                (TRACE.format(name="two", events='<event><string key="concept:name" value="a"/></event>'), "time:timestamp"))):
            self.data = self.data.with_name(f"data{number}")
            done = self.take_in(log_of(self.GOOD, bad, trace("three", "2025-01-01T10:00:00Z")))
            self.assertEqual((done.code, done.out), (1, ""), (bad, done))
            self.assertIn("log.xes:3", done.err, done)
            self.assertIn(why, done.err)
            self.assertEqual(self.events(), 2)
            skipping = self.take_in(log_of(self.GOOD, bad, trace("three", "2025-01-01T10:00:00Z")), "--on-error", "skip")
            self.assertEqual(skipping.code, 0, skipping)
            summary = skipping.json
            self.assertEqual((summary["cases"], summary["events_appended"], len(summary["skipped"])), (2, 3, 1), skipping)
            self.assertEqual(summary["skipped"][0]["line"], 3)
            self.assertTrue(summary["skipped"][0]["reason"])

    def test_a_file_that_is_no_xml_is_refused_whatever_the_options(self):
        for text in ("", "<log>", "no xml", log_of(self.GOOD)[:-8], log_of(self.GOOD).replace("</trace>", "</log>"), "<html></html>",
                     '<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "b">]><log>&a;</log>'):
            for options in ([], ["--on-error", "skip"]):
                done = self.take_in(text, *options)
                self.assertEqual((done.code, done.out), (1, ""), (text, done))
                self.assertTrue(done.err.startswith("minne: "), done)

    def test_a_missing_file_or_one_that_is_no_gzip(self):
        done = minne.run("import", "xes", self.file, "--data", self.data, "--board", "b")
        self.assertEqual(done.code, 1, done)
        broken = self.file.with_suffix(".xes.gz")
        broken.write_bytes(minne.RECEIPT.read_bytes()[:50_000])
        done = minne.run("import", "xes", broken, "--data", self.data, "--board", "b")
        self.assertEqual(done.code, 1, done)

    def test_an_empty_log_is_no_fault(self):
        done = self.take_in(log_of())
        self.assertEqual((done.code, done.json["cases"]), (0, 0), done)

    def test_a_grown_trace_appends_its_tail_and_a_changed_one_is_an_error(self):
        self.assertEqual(self.take_in(log_of(self.GOOD)).json["events_appended"], 3)
        grown = trace("one", "2025-01-01T10:00:00Z", "2025-01-02T10:00:00Z")
        self.assertEqual(self.take_in(log_of(grown)).json["events_appended"], 2)   # and the new file's LogImported
        changed = self.take_in(log_of(trace("one", "2025-01-01T10:00:00Z", "2025-01-03T10:00:00Z")))
        self.assertEqual(changed.code, 1, changed)

    def test_times_without_offset_are_read_in_the_named_zone(self):
        local = trace("one", "2025-07-01T10:00:00")
        self.assertEqual(self.take_in(log_of(local), "--timezone", "Europe/Stockholm").code, 0)
        shown = minne.run("show", "--ref", "one", "--data", self.data, "--json").json
        self.assertEqual(shown["events"][1]["occurred_at"], "2025-07-01T08:00:00Z")

    def test_an_unknown_timezone_is_an_error(self):
        done = self.take_in(log_of(self.GOOD), "--timezone", "Europe/Atlantis")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn("time zone", done.err)

    def test_wrong_usage_is_exit_2(self):
        self.file.write_text(log_of())
        for arguments in (["import"], ["import", "xes"], ["import", "csv", self.file], ["import", "xes", self.file, "--on-error", "ignore"],
                          ["import", "xes", self.file, "--nonsense"], ["import", "xes", self.file, "more"]):
            done = minne.run(*arguments, "--data", self.data)
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertFalse(self.data.exists())


class DamageTest(unittest.TestCase):
    """A byte changed in any stored file is found by verify, or refused at open, with the place."""

    def assert_found(self, original, scratch, file, offset, bit):
        copy = minne.copy_of(original, scratch)
        with open(copy / file, "r+b") as stored:
            stored.seek(offset)
            byte = stored.read(1)[0]
            stored.seek(offset)
            stored.write(bytes([byte ^ bit]))
        done = minne.run("verify", "--data", copy, "--json")
        where = f"{file} byte {offset} (of {os.path.getsize(original / file)}) ^ {bit:#x}"
        if done.code != 1:
            return f"{where}: exit {done.code} {done.err.strip()[:200]}"
        if not done.out:
            return f"{where}: no JSON: {done.err.strip()[:200]}"
        for fault in done.json["faults"]:
            if fault["what"] and (fault["first_position"] or fault["where"]):
                return None
        return f"{where}: names no place: {done.out[:300]}"

    def sweep(self, data, offsets_in):
        chance = minne.seeded("flips")
        files = sorted(path.relative_to(data) for path in data.rglob("*") if path.is_file() and path.stat().st_size > 0)
        # RocksDB writes these two anew at each open and reads neither; a server that closes takes them away.
        files = [file for file in files if file.name != "IDENTITY" and not file.name.startswith("OPTIONS-")]
        self.assertGreater(len(files), 4)
        tries = [(file, offset, 1 << chance.randrange(8)) for file in files for offset in offsets_in(data / file, chance)]
        # Two at a time, each with a scratch directory of its own.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            work = lambda n: [self.assert_found(data, data.parent / f"scratch{n}", *one) for one in tries[n::2]]
            missed = [line for lines in pool.map(work, range(2)) for line in lines if line]
        print(f"{len(tries)} flips in {len(files)} files: {', '.join(map(str, files))}", flush=True)
        self.assertEqual(missed, [], f"{len(missed)} of {len(tries)} flips:\n" + "\n".join(missed))

    @staticmethod
    def sampled(path, chance):
        size = path.stat().st_size
        some = 8 if size < 1000 else 5
        return sorted({0, size // 2, size - 1} | {chance.randrange(size) for _ in range(some)})

    def test_in_a_directory_that_was_closed(self):
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run(*ARGUMENTS, "--data", data).code, 0)
            self.assertEqual(minne.run("rebuild", "--data", data).code, 0)
            self.sweep(data, self.sampled)

    def test_in_the_directory_of_a_server_that_was_killed(self):
        with minne.temporary() as directory:
            data = directory / "data"
            server = minne.Server(data)
            client = server.client()
            client.call("PUT", "/v1/boards/b")
            for _ in range(40):
                events = [minne.case_opened(number=None), minne.note(text="fri text"), minne.report("2025-09-01")]
                self.assertEqual(client.post(f"/v1/boards/b/cases/{minne.new_id()}/events", {"events": events}).status, 201)
            server.kill()
            client.close()
            self.sweep(data, self.sampled)

    def test_a_damaged_manifest_is_found_and_verify_deletes_nothing(self):
        # A record's length is not covered by its checksum. Where it points past the file's end RocksDB takes the rest for
        # the torn tail of a crash, forgets it, and at open deletes every table that was named there.
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run(*ARGUMENTS, "--data", data).code, 0)
            missed = []
            for file in ("log", "derived"):
                manifest = next((data / file).glob("MANIFEST-*")).relative_to(data)
                for start in self.records_in((data / manifest).read_bytes()):
                    for offset, bit in ((start + 5, 0x40), (start + 6, 0x04)):   # the length's high byte, the type
                        wrong = self.assert_found(data, directory / "copy", manifest, offset, bit)
                        tables = lambda at: {path.name for path in (at / "log").glob("*.sst")}
                        lost = tables(data) - tables(directory / "copy")
                        missed += [wrong] if wrong else []
                        missed += [f"{manifest} byte {offset}: verify deleted {sorted(lost)}"] if lost else []
            self.assertEqual(missed, [], "\n".join(missed))

    @staticmethod
    def records_in(manifest):
        """Offsets of the records in the first block: crc:u32 length:u16 type:u8 data."""
        at = 0
        while at + 7 <= min(len(manifest), 32_768):
            yield at
            at += 7 + int.from_bytes(manifest[at + 4:at + 6], "little")

    @staticmethod
    def rebuilt_and_asked(data):
        with minne.Server(data) as server:
            client = server.client()
            rebuilt = client.post("/v1/boards/wabo/rebuild")
            found = client.get("/v1/boards/wabo/deadlines", state="all", limit=1000, today="2012-01-01").json
            client.close()
            return rebuilt, found

    def test_a_server_starts_over_damaged_derived_data_and_answers_right(self):
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run(*ARGUMENTS, "--data", data).code, 0)
            # The list is recorded in a log of its own: the tables of derived/ hold rows of two logs.
            expected = minne.run("deadlines", "--state", "all", "--limit", 1000, "--today", "2012-01-01", "--data", data, "--json").json
            files = [max((data / "derived").glob("*.sst"), key=lambda path: path.stat().st_size), *(data / "derived").glob("MANIFEST-*"), data / "derived" / "CURRENT"]
            faults = []
            for path in files:
                size = path.stat().st_size
                for offset in sorted({0, min(10, size - 1), size // 3, size // 2, size - 1}):
                    copy = minne.copy_of(data, directory / "copy")
                    with open(copy / path.relative_to(data), "r+b") as stored:
                        stored.seek(offset)
                        byte = stored.read(1)[0]
                        stored.seek(offset)
                        stored.write(bytes([byte ^ 1]))
                    where = f"{path.relative_to(data)} byte {offset}"
                    try:
                        rebuilt, found = self.rebuilt_and_asked(copy)
                        if rebuilt.status == 500 and "next start" in rebuilt.json["detail"]:
                            rebuilt, found = self.rebuilt_and_asked(copy)
                        if rebuilt.status != 200:
                            faults.append(f"{where}: rebuild {rebuilt!r}"[:300])
                        if found.get("items") != expected["items"]:
                            faults.append(f"{where}: other items after a rebuild")
                    except AssertionError as fault:
                        faults.append(f"{where}: {fault}"[:300])
            self.assertEqual(faults, [], "\n".join(faults))

    def test_a_board_without_events_is_not_lost_unnoticed(self):
        with minne.temporary() as directory:
            data = directory / "data"
            server = minne.Server(data)
            client = server.client()
            client.call("PUT", "/v1/boards/b")
            client.post(f"/v1/boards/b/cases/{minne.new_id()}/events", {"events": [minne.case_opened()]})
            client.call("PUT", "/v1/boards/later")
            client.close()
            server.kill()
            log = max((data / "log").glob("*.log"), key=lambda path: path.stat().st_size)
            *_, last = self.records_in(log.read_bytes())
            self.assertIsNone(self.assert_found(data, directory / "copy", log.relative_to(data), last + 5, 0x40))

    def test_a_file_cut_short_or_missing_is_found(self):
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run(*ARGUMENTS, "--data", data).code, 0)
            missed = []
            for path in sorted(data.rglob("*")):
                if not path.is_file() or path.stat().st_size == 0:
                    continue
                file = path.relative_to(data)
                for harm in ("cut", "remove"):
                    if (harm, file.name, file.parts[0]) == ("remove", "CURRENT", "derived"):
                        continue   # no derived data is a state that a directory may be in
                    if harm == "cut" and file.name.startswith("MANIFEST-"):
                        continue   # what a crash leaves: the record was not acted on
                    copy = minne.copy_of(data, directory / "copy")
                    if harm == "cut":
                        os.truncate(copy / file, path.stat().st_size - 1)
                    else:
                        (copy / file).unlink()
                    done = minne.run("verify", "--data", copy, "--json")
                    if done.code != 1:
                        missed.append(f"{harm} {file}: {done!r}")
            self.assertEqual(missed, [])


if __name__ == "__main__":
    minne.main()
