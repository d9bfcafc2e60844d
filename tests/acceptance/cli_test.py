"""The command line: the same JSON with and without a server, generated boards and what their manifest promises, stopping."""

import hashlib
import json
import re
import signal
import socket
import threading
import time
import unittest
import urllib.parse

import minne
from minne import case_opened, new_id, note, person_number, report

EVENTS = 20_000


LISTS_OF_CASES = {"chained", "collaborations", "commitments", "declined-followup", "family-home-register", "filings", "handoffs",
                  "handover", "incomplete-sips", "late-investigations", "patterns", "queues", "retention-due", "unmediated"}


def differences(wanted, found, hidden, at=""):
    """Where an answer differs from what must be found in it; members that nobody expects are passed over, lists are whole."""
    if hidden and found is None:
        return  # a count, or what is made of counts
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            if not isinstance(found, dict) or name not in found:
                yield f"{at}/{name} is missing"
            else:
                yield from differences(value, found[name], hidden, f"{at}/{name}")
    elif isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            yield f"{at}: {len(wanted)} wanted, found {len(found) if isinstance(found, list) else found}"
        else:
            for i, (one, other) in enumerate(zip(wanted, found)):
                yield from differences(one, other, hidden, f"{at}/{i}")
    elif wanted != found:
        yield f"{at}: {wanted} wanted, found {found}"


class GeneratedTest(unittest.TestCase):
    """A generated board, asked for what its manifest says must be found."""

    PROFILE, SEED = "norrtalje", 7

    @classmethod
    def setUpClass(cls):
        cls.directory = minne.tempfile.TemporaryDirectory(prefix="minne-")
        cls.data = minne.Path(cls.directory.name) / "data"
        done = cls.generate(cls.data, cls.SEED)
        assert done.code == 0, done
        cls.said = done.json
        cls.manifest = json.loads((cls.data / "manifest.json").read_text())
        cls.today = cls.manifest["today"]

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    @classmethod
    def generate(cls, data, seed):
        return minne.run("generate", "--events", EVENTS, "--seed", seed, "--profile", cls.PROFILE, "--data", data, "--json")

    def command(self, *arguments):
        done = minne.run(*arguments, "--data", self.data, "--json")
        self.assertEqual(done.code, 0, done)
        return done.json

    def pages(self, *arguments):
        items, cursor = [], None
        while True:
            page = self.command(*arguments, "--limit", 1000, *(["--cursor", cursor] if cursor else []))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def test_it_has_as_many_events_as_asked_for(self):
        self.assertEqual((self.said["events"], self.manifest["events"], self.said["today"]), (EVENTS, EVENTS, self.today))
        verified = self.command("verify")
        self.assertEqual([(board["events"], board["cases"]) for board in verified["boards"]], [(EVENTS, self.manifest["cases"])])
        self.assertEqual(sum(self.manifest["counts"].values()), EVENTS)

    def test_the_deadlines_are_those_of_the_manifest(self):
        for rule, wanted in self.manifest["deadlines"].items():
            items = self.pages("deadlines", "--rule", rule, "--state", "all", "--today", self.today)
            found = {"total": len(items), "overdue": sum(item["overdue"] for item in items),
                     "met_late_within_adjusted": sum(item["state"] == "met_late" and item["within_adjusted"] for item in items),
                     "extended_late": sum(item.get("extended_late", False) for item in items)}
            for state in ("open", "met", "met_late", "extended", "cancelled"):
                found[state] = sum(item["state"] == state for item in items)
                total = self.command("deadlines", "--rule", rule, "--state", state, "--today", self.today, "--limit", 1)["total"]
                self.assertEqual(total, found[state], f"the tally of {rule} {state} against the queue")
            self.assertEqual(found, {key: value for key, value in wanted.items() if key != "turned_18"}, rule)

    def test_no_rule_has_a_clock_that_the_manifest_does_not_know(self):
        known = sum(totals["total"] for totals in self.manifest["deadlines"].values())
        self.assertEqual(self.command("deadlines", "--state", "all", "--today", self.today, "--limit", 1)["total"], known)

    def test_the_open_clocks_are_those_of_the_manifest(self):
        names = ("rule", "case", "ref", "matter", "started", "nominal", "adjusted")
        key = lambda item: tuple(item[name] for name in names)
        found = {key(item) for item in self.pages("deadlines", "--state", "open", "--today", self.today)}
        wanted = {key(item) for item in self.manifest["open_deadlines"]}
        self.assertEqual(found ^ wanted, set(), "open in one and not in the other")

    def test_the_children_reported_again_are_those_of_the_manifest(self):
        for question in self.manifest["repeats"]:
            arguments = ["repeats", "--min", question["min"], "--within", question["within"], "--today", self.today]
            if "concern" in question:
                arguments += ["--concern", question["concern"]]
            if question.get("not_opened"):
                arguments += ["--not-opened"]
            found = {item["ref"]: (item["reports"], item["incidents"]) for item in self.pages(*arguments)}
            wanted = {item["ref"]: (item["reports"], item["incidents"]) for item in question["cases"]}
            differ = {ref: {"found": found.get(ref), "manifest": wanted.get(ref)} for ref in found.keys() | wanted.keys()
                      if found.get(ref) != wanted.get(ref)}
            self.assertEqual(differ, {}, f"{arguments[1:]}")

    def test_the_counts_of_the_planted_histories(self):
        for history in self.manifest["absence_history"]:
            reports = self.command("show", "--ref", history["ref"])["reports"]
            self.assertEqual([(item["id"], item["received"], item["age"], *item["counts"].values()) for item in reports],
                             [tuple(item.values()) for item in history["reports"]], history["ref"])

    def test_the_open_investigations_and_who_is_responsible(self):
        for item in self.manifest["open_investigations"]["items"]:
            shown = self.command("show", "--ref", item["ref"], "--today", self.today)
            open_now = [one for one in shown["investigations"] if one["concluded"] is None]
            self.assertEqual([one["id"] for one in open_now], [item["investigation"]], item["ref"])
            own = [one["worker"] for one in shown["assignments"]
                   if one["matter"] == item["investigation"] and one["role"] == "responsible" and one["to"] is None]
            self.assertEqual(own, [item["worker"]] if item["worker"] else [], item["ref"])

    def test_every_question_is_answered_as_the_manifest_says(self):
        self.assertGreater(len({item["question"] for item in self.manifest["questions"]}), 10)
        for item in self.manifest["questions"]:
            arguments = [item["question"], "--today", self.today]
            for name, value in item["asked"].items():
                arguments += ["--" + name.replace("_", "-")] + ([] if value in (True, "true") else [value])
            if item["question"] in LISTS_OF_CASES:
                arguments += ["--purpose", "case_work"]  # which is shown protected cases too
            found = list(differences(item["answer"], self.command(*arguments), item.get("hidden", False)))
            self.assertEqual(found[:5], [], arguments)

    def test_workers_are_numbered_in_what_is_masked(self):
        item = next(one for one in self.manifest["open_investigations"]["items"] if one["worker"])
        worker, today = item["worker"], ["--today", self.today]
        for command in (["show", "--ref", item["ref"], *today], ["deadlines", "--worker", worker, *today], ["caseload", *today],
                        ["handover", "--worker", worker, "--purpose", "case_work", *today]):
            self.assertIn(f'"{worker}"', json.dumps(self.command(*command)), command)
            masked = json.dumps(self.command(*command, "--mask", "staff"))
            self.assertNotIn(f'"{worker}"', masked, command)
            self.assertIn('"worker-1"', masked, command)
        self.assertEqual(minne.run("show", "--ref", item["ref"], "--mask", "all", "--data", self.data).code, 2)
        self.assertEqual(minne.run("deadlines", "--mask", "all", "--data", self.data).code, 2)
        for wrong in (("--state", "foo"), ("--limit", "0"), ("--before", "2020-13-01"), ("--today", "yesterday")):
            self.assertEqual(minne.run("deadlines", *wrong, "--data", self.data).code, 2, wrong)
        self.command("report", "summary", "--mask", "staff", *today)

    def test_the_access_log_tells_which_lists_showed_a_case(self):
        with_reports = self.command("repeats", "--min", 3, "--today", self.today, "--purpose", "supervision", "--limit", 1)["items"][0]
        reads = self.command("reads", "--case", with_reports["case"], "--limit", 1000)["items"]
        self.assertIn(("repeats", "supervision"), {(read["body"]["query"], read["body"]["purpose"]) for read in reads})
        first = self.command("reads", "--limit", 1)
        second = self.command("reads", "--limit", 1, "--after", first["next"])
        self.assertNotEqual(first["items"], second["items"])
        printed = minne.run("reads", "--case", with_reports["case"], "--data", self.data)
        self.assertIn("supervision", printed.out)
        refused = minne.run("repeats", "--concern", "school_absence", "--purpose", "case_work", "--data", self.data)
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("follow_up and supervision", refused.err)

    def test_a_protected_case_is_named_in_no_list_but_case_work(self):
        planted = next(one for one in self.manifest["planted"] if one["kind"] == "protected_identity")
        asked = ["deadlines", "--state", "all", "--today", self.today]
        shown = [item for item in self.pages(*asked) if item["case"] == planted["case"]]
        everything = self.pages(*asked, "--purpose", "follow_up")
        self.assertNotIn(planted["case"], {item["case"] for item in everything})
        hidden = [item for item in everything if item.get("protected")]
        self.assertEqual([(item["rule"], item["nominal"]) for item in hidden], [(item["rule"], item["nominal"]) for item in shown])
        self.assertGreater(len(hidden), 0)

    def test_planted_cases_are_there(self):
        self.assertGreater(len(self.manifest["planted"]), 5)
        for planted in self.manifest["planted"]:
            shown = self.command("show", planted["case"])
            self.assertEqual(shown["ref"], planted["ref"])
            known = {item["id"] for item in shown["reports"]}
            misfiled = {event["body"]["target"] for event in shown["events"] if event["type"] == "EventMisfiled"}
            self.assertLessEqual(set(planted["reports"]) - misfiled, known, planted)

    def test_show_prints_what_a_correction_changed(self):
        planted = next(one for one in self.manifest["planted"] if one["kind"] == "corrected_report_date")
        changed = [field for event in self.command("show", planted["case"])["events"] for field in event.get("changed", [])]
        self.assertIn("/occurred_at", {field["field"] for field in changed})
        printed = minne.run("show", planted["case"], "--data", self.data).out
        for field in changed:
            what = "changed" if "sealed" in field else None
            before, after = (value if isinstance(value, str) else "" for value in (field.get("before"), field.get("after")))
            self.assertIn(f"{field['field']}: {what or f'{before} -> {after}'}", printed)

    def test_a_reserve_id_finds_its_child(self):
        number = None
        for planted in self.manifest["planted"]:
            sealed = self.command("show", planted["case"])["events"][0].get("sealed", {})
            number = sealed.get("person_number") or number
        self.assertIsNotNone(number)
        done = minne.run("show", "--person", "-", "--data", self.data, "--json", stdin=number + "\n")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.json["events"][0]["sealed"]["person_number"], number)
        self.assertNotIn(number, done.err)

    def test_the_same_arguments_give_the_same_board_and_another_seed_another(self):
        root = minne.Path(self.directory.name)
        for name, seed in (("again", self.SEED), ("other", self.SEED + 1)):
            self.assertEqual(self.generate(root / name, seed).code, 0)
        manifest = lambda data: (data / "manifest.json").read_bytes()
        self.assertEqual(manifest(root / "again"), manifest(self.data))
        self.assertNotEqual(manifest(root / "other"), manifest(self.data))
        first, again, other = (self.whole_board(data) for data in (self.data, root / "again", root / "other"))
        self.assertEqual(len(first), self.manifest["cases"])
        self.assertEqual(first, again)
        self.assertFalse({line for line in first} & {line for line in other})

    def whole_board(self, data):
        """Every event of every case as the API gives it, by reference."""
        out = []
        with minne.Server(data) as server:
            client = server.client()
            for year in range(2021, 2026):
                for number in range(1, self.manifest["cases"] + 60):
                    for prefix in ("N", "S"):
                        found = client.get("/v1/boards/generated/cases", ref=f"{prefix}-{year}-{number:06d}")
                        if found.status == 200:
                            break
                    else:
                        continue
                    items, _ = [], None
                    while True:
                        page = client.get(f"/v1/boards/generated/cases/{found.json['case']}/events", after=len(items), limit=1000).json
                        items += page["items"]
                        if page["next"] is None:
                            break
                    out.append(json.dumps(items))
            client.close()
        return out

    def test_generate_does_not_write_into_a_board_that_holds_events(self):
        again = minne.run("generate", "--events", 10, "--data", self.data)
        self.assertEqual(again.code, 1, again)


class OtherProfileTest(GeneratedTest):
    PROFILE, SEED = "stockholm", 11


class StatisticsTest(unittest.TestCase):
    """Statistics of several boards, of earlier positions, and the page that answers the auditors."""

    @classmethod
    def setUpClass(cls):
        cls.directory = minne.tempfile.TemporaryDirectory(prefix="minne-")
        cls.data = minne.Path(cls.directory.name) / "data"
        for board, seed in (("north", 1), ("south", 2)):
            done = minne.run("generate", "--events", 5_000, "--seed", seed, "--board", board, "--data", cls.data, "--json")
            assert done.code == 0, done

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def ask(self, *arguments, board="north"):
        done = minne.run(*arguments, "--data", self.data, "--board", board, "--json")
        self.assertEqual(done.code, 0, done)
        return done.json

    @staticmethod
    def reports(answer):
        return next(cell["reports"] for cell in answer["cells"] if list(cell.values())[:2] == ["all", "all"])

    def test_boards_are_added_up(self):
        asked = ("lagesbild", "--rows", "outcome", "--columns", "sex")
        both = self.ask(*asked, "--with", "south")
        self.assertEqual(self.reports(both), self.reports(self.ask(*asked)) + self.reports(self.ask(*asked, board="south")))
        self.assertEqual([one["board"] for one in both["boards"]], ["north", "south"])
        for with_, problem in (("nowhere", "nowhere"), ("north", "counted once"), ("south@x", "name@position"),
                               ("south@99999", "ends at position")):
            done = minne.run(*asked, "--with", with_, "--data", self.data, "--board", "north")
            self.assertEqual(done.code, 1, done)
            self.assertIn(problem, done.err)

    def test_what_was_published_can_be_made_again(self):
        asked = ("lagesbild", "--rows", "month", "--columns", "reporter", "--today", "2026-01-01")
        now = self.ask(*asked)
        self.assertEqual(self.ask(*asked, "--position", now["position"]), now)
        then = self.ask(*asked, "--position", 2_500)
        self.assertEqual(then["position"], 2_500)
        self.assertGreater(self.reports(now), self.reports(then))
        self.assertGreater(self.reports(then), 0)
        self.assertEqual(self.reports(self.ask(*asked, "--with", "south@0")), self.reports(now))
        self.assertEqual(self.reports(self.ask(*asked, "--position", 0)), 0)

    def test_the_register_of_homes_is_filed_and_its_next_day_counted(self):
        clock = ("deadlines", "--rule", "FAMHOME_REG", "--today", "2026-03-02")
        self.assertEqual(self.ask(*clock)["total"], 0)
        filed = self.ask("family-home-register", "--today", "2026-01-31", "--purpose", "supervision",
                         "--publish", "--recipient", "ivo")
        self.assertIn("purpose=supervision", filed["query"])
        self.assertEqual([item["stream"] for item in self.ask(*clock)["items"]], ["board"])

    def test_a_published_statistic_is_recorded_with_its_digest(self):
        asked = ("lagesbild", "--rows", "month", "--columns", "reporter", "--today", "2026-01-01")
        published = self.ask(*asked, "--publish", "--recipient", "politicians")
        again = minne.run(*asked, "--position", published["answer"]["position"], "--data", self.data, "--board", "north", "--json")
        self.assertEqual(hashlib.sha256(again.out.rstrip("\n").encode()).hexdigest(), published["sha256"])
        self.assertEqual(minne.run(*asked, "--publish", "--data", self.data, "--board", "north").code, 2)
        self.assertEqual(minne.run("caseload", "--publish", "--data", self.data, "--board", "north").code, 2)
        done = minne.run(*asked, "--publish", "--recipient", "public", "--data", self.data, "--board", "north")
        self.assertIn("sha256: ", done.out)
        clocks = minne.run("deadlines", "--rule", "LAGESBILD_2Y", "--data", self.data, "--board", "north")
        self.assertIn("(board)", clocks.out)

    def test_the_auditors_have_their_page(self):
        page = self.ask("report", "summary", "--year", 2021)
        self.assertEqual([section["letter"] for section in page["sections"]], ["a", "b", "c", "d", "e"])
        investigations = self.ask("investigations", "--from", "2021-01-01", "--to", "2021-12-31")["all"]["concluded"]
        facts = page["sections"][1]["facts"]
        self.assertEqual(facts["investigations concluded that had a limit"], str(investigations))
        cells = self.ask("interventions", "--rows", "age_band", "--columns", "sex", "--year", 2021)["cells"]
        started = {(cell["age_band"], cell["sex"]): cell["started"] for cell in cells}
        help_facts = page["sections"][0]["facts"]
        self.assertTrue(any(band != "all" for band, sex in started), started)
        for band, sex in started:
            if band != "all" and sex != "all":
                self.assertIn(f"{sex} {started[band, sex]}", help_facts[f"started, {band}"])
        whole = next(cell for cell in cells if cell["age_band"] == cell["sex"] == "all")
        self.assertEqual(page["sections"][0]["rows"][-1]["re-reported in 12 months"],
                         f"{whole['re_reported_within_12_months']} of {whole['followed_12_months']}")
        self.assertIn("interventions measured at start and end (ISU)", page["sections"][4]["facts"])
        new = self.ask("report", "summary", "--year", 2026)["sections"][0]["rows"]
        self.assertEqual({row["re-reported in 12 months"] for row in new} | {"–"}, {"–"}, "nobody can have been followed for a year")
        html = minne.Path(self.directory.name) / "page.html"
        done = minne.run("report", "summary", "--year", 2021, "--html", html, "--data", self.data, "--board", "north")
        self.assertEqual(done.code, 0, done)
        self.assertIn("<h2>b) Are investigations done in four months", html.read_text())
        self.assertEqual(minne.run("report", "nothing", "--data", self.data).code, 2)


class ServedTest(minne.Case):
    """A command beside a running server goes over its socket and says the same."""

    def test_with_and_without_a_server_a_command_says_the_same(self):
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run("generate", "--events", 3000, "--seed", 2, "--data", data).code, 0)
            manifest = json.loads((data / "manifest.json").read_text())
            today = ["--today", manifest["today"]]
            ref = manifest["planted"][0]["ref"]
            commands = [["show", "--ref", ref, *today], ["show", manifest["planted"][0]["case"], *today], ["show", "--ref", ref, "--as-of", "2022-01-01"],
                        ["show", "--ref", ref, "--known-at", "2022-01-01", *today], ["deadlines", *today], ["deadlines", "--state", "all", "--limit", "3", *today],
                        ["deadlines", "--rule", "INV_4M", "--state", "met_late", *today], ["repeats", "--min", "1", *today],
                        ["repeats", "--min", "2", "--within", "90", "--not-opened", *today], ["repeats", "--concern", "school_absence", *today],
                        ["verify"], ["show", "--ref", "nobody"], ["deadlines", "--board", "nobody"], ["deadlines", "--state", "late"]]
            alone = [minne.run(*command, "--data", data, "--json") for command in commands]
            with minne.Server(data) as server:
                self.assertEqual((data / "minne.sock").stat().st_mode & 0o777, 0o600)
                served = [minne.run(*command, "--data", data, "--json") for command in commands]
                rebuilt = minne.run("rebuild", "--data", data, "--json")
                text = minne.run("show", "--ref", ref, "--data", data)
            self.assertFalse((data / "minne.sock").exists())
            for command, one, other in zip(commands, alone, served):
                self.assertEqual((one.code, one.out, one.err), (other.code, other.out, other.err), command)
            self.assertEqual([one.code for one in alone[-3:]], [1, 1, 2])
            self.assertEqual(rebuilt.code, 0, rebuilt)
            self.assertEqual(text.out, minne.run("show", "--ref", ref, "--data", data).out)

    def test_a_number_comes_on_standard_input_only(self):
        number, case = person_number(77), new_id()
        self.append(case, case_opened(number=number))
        found = minne.run("show", "--person", "-", "--data", self.data, "--json", stdin=number[2:8] + "-" + number[8:] + "\n")
        self.assertEqual((found.code, found.json["case"]), (0, case), found)
        nobody = minne.run("show", "--person", "-", "--data", self.data, stdin=person_number(78))
        self.assertEqual(nobody.code, 1, nobody)
        wrong = minne.run("show", "--person", "-", "--data", self.data, stdin="20140309-0000\n")
        self.assertEqual(wrong.code, 1, wrong)
        self.assertNotIn("0309", wrong.err)
        named = minne.run("show", "--person", number, "--data", self.data)
        self.assertEqual(named.code, 2, named)
        self.assertNotIn(number, named.err)

    def test_import_goes_through_the_server_too(self):
        if not minne.RECEIPT.exists():
            self.skipTest(f"no {minne.RECEIPT}")
        done = minne.run("import", "xes", minne.RECEIPT, "--board", "wabo", *minne.RECEIPT_OPTIONS, "--data", self.data, "--json")
        self.assertEqual((done.code, done.json["events_appended"]), (0, 12_775), done)
        self.assertEqual(self.client.get("/v1/boards/wabo").json["position"], 12_775)
        several = minne.run("deadlines", "--data", self.data)
        self.assertEqual(several.code, 1, several)
        self.assertIn("--board", several.err)

    def test_two_servers_do_not_share_a_directory(self):
        second = minne.run("serve", "--data", self.data, "--listen", "127.0.0.1:0")
        self.assertEqual(second.code, 1, second)
        self.assertIn("another process", second.err)


class ReloadTest(unittest.TestCase):
    """A running server and the files of a board's own."""

    CODES = "sv = 'oro'\nen = 'concern'\n[codes]\ngaming = { sv = 'spel', en = 'gaming' }\n"

    def rule(self, limit):
        return f"""[[rule]]
id = "OUR_{limit.upper()}"
kind = "policy"
limit = "{limit}"
adjust = "none"
starts = {{ event = "ReportReceived", field = "received_at" }}
met_by = ["InvestigationOpened"]
"""

    def clocks(self, client, case):
        return {item["rule"] for item in client.get(f"/v1/boards/b/cases/{case}/obligations").json["items"]}

    def wait_for(self, found):
        for _ in range(600):
            if found():
                return
            time.sleep(0.05)
        self.fail("it never came")

    def test_changed_files_are_taken_in_and_faulty_ones_refused(self):
        with minne.temporary() as directory:
            rules, codes = directory / "own.toml", directory / "concern.toml"
            rules.write_text(self.rule("3d"))
            codes.write_text(self.CODES)
            with minne.Server(directory / "data", "--rules", rules, "--codes", codes) as server:
                client = server.client()
                client.call("PUT", "/v1/boards/b")
                case = new_id()
                added = client.post(f"/v1/boards/b/cases/{case}/events", {"events": [case_opened(), report("2025-09-01", concern="gaming")]})
                self.assertEqual(added.status, 201, added)
                self.assertIn("OUR_3D", self.clocks(client, case))

                rules.write_text(rules.read_text() + "on_expiry = 'explode'\n")
                refused = minne.run("rules", "reload", "--data", directory / "data")
                self.assertEqual((refused.code, refused.err), (1, f"minne: on_expiry is none of overdue, lapse ({rules}:8)\n"))
                self.assertEqual(client.call("POST", "/v1/rules/reload").status, 422)
                server.process.send_signal(signal.SIGHUP)
                self.wait_for(lambda: server.log.count("rules and codes stay as they are") == 3)
                self.assertIn("OUR_3D", self.clocks(client, case))

                rules.write_text(self.rule("5d"))
                server.process.send_signal(signal.SIGHUP)
                self.wait_for(lambda: "OUR_5D" in self.clocks(client, case))
                self.assertNotIn("OUR_3D", self.clocks(client, case))
                again = minne.run("rules", "reload", "--data", directory / "data", "--json")
                self.assertEqual((again.code, again.json["changed"], again.json["rebuilding"]), (0, False, []))
                self.assertTrue(minne.run("verify", "--data", directory / "data", "--json").json["ok"])
                self.assertEqual(server.stop(), 0)


class UsageTest(unittest.TestCase):
    COMMANDS = ("serve", "import", "generate", "show", "deadlines", "repeats", "rebuild", "verify")

    def test_help_is_told_on_standard_output(self):
        for arguments in (["help"], ["--help"]):
            done = minne.run(*arguments)
            self.assertEqual((done.code, done.err), (0, ""), done)
            for command in self.COMMANDS:
                self.assertIn(command, done.out)
            listed = [line[2:] for line in done.out.splitlines() if line.startswith("  ")]
            self.assertGreater(len(listed), 30)
            for line in listed:
                self.assertRegex(line, r"^[a-z-]+  +\S")
        for command in self.COMMANDS:
            done = minne.run(command, "--help")
            self.assertEqual((done.code, done.err), (0, ""), done)
            self.assertIn(f"usage: minne {command}", done.out)
            self.assertIn("--data", done.out)

    def test_wrong_usage_is_exit_2_and_says_why(self):
        with minne.temporary() as directory:
            for line in ("", "nonsense", "serve --nonsense", "serve --listen nowhere", "serve --listen 127.0.0.1:99999", "serve --listen 127.0.0.1:",
                         "serve --pool-threads x", "show", "show a b", "show a --ref b", "show --person 1", "deadlines --limit x", "deadlines more",
                         "repeats --min x", "repeats --min", "generate", "generate --events x", "generate --events 5 --profile nowhere", "rebuild --threads x", "verify more", "deadlines --board Bad.Name"):
                arguments = line.split()
                done = minne.run(*arguments, *(["--data", directory / "data"] if arguments and arguments[0] in self.COMMANDS else []))
                self.assertEqual((done.code, done.out), (2, ""), (line, done))
                self.assertTrue(done.err.strip(), line)
                self.assertFalse((directory / "data").exists(), line)

    def test_an_empty_file_of_rules_is_named(self):
        with minne.temporary() as directory:
            (directory / "own.toml").write_text("")
            done = minne.run("rules", "check", directory / "own.toml")
            self.assertEqual(done.code, 1, done)
            self.assertIn("the file is empty", done.err)
            self.assertIn("own.toml", done.err)

    def test_negative_numbers_are_wrong_usage(self):
        with minne.temporary() as directory:
            for line in ("generate --events -5", "deadlines --limit -1", "repeats --min -1"):
                done = minne.run(*line.split(), "--data", directory / "data", timeout=10)
                self.assertEqual(done.code, 2, (line, done))

    def test_serve_listens_on_loopback_only(self):
        with minne.temporary() as directory:
            for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0", "10.0.0.1:0"):
                done = minne.run("serve", "--data", directory / "data", "--listen", address)
                self.assertEqual(done.code, 1, (address, done))
                self.assertIn("will not listen on", done.err, address)
            done = minne.run("serve", "--data", directory / "data", "--listen", "localhost:0")
            self.assertIn(done.code, (1, 2), done)
            self.assertTrue(done.err.startswith("minne: "), done)

    def test_a_port_in_use_is_said(self):
        with minne.temporary() as directory, socket.create_server(("127.0.0.1", 0)) as taken:
            done = minne.run("serve", "--data", directory / "data", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
            self.assertEqual(done.code, 1, done)
            self.assertIn("cannot listen", done.err)


class StopTest(unittest.TestCase):
    def test_a_server_that_is_told_to_stop_finishes_what_it_has_taken_in(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with minne.temporary() as directory:
                server = minne.Server(directory / "data")
                client = server.client()
                client.call("PUT", "/v1/boards/b")
                case = new_id()
                client.post(f"/v1/boards/b/cases/{case}/events", {"events": [case_opened()]})
                acknowledged, faults, started = [], [], threading.Barrier(5)

                def work():
                    one = server.client()
                    started.wait()
                    try:
                        while True:
                            events = [case_opened(), *[note(text="x" * 200) for _ in range(50)]]
                            reply = one.post(f"/v1/boards/b/cases/{new_id()}/events", {"events": events})
                            if reply.status == 201:
                                acknowledged.extend((line["case"], line["position"]) for line in reply.json["events"])
                            elif reply.status != 503:
                                faults.append(repr(reply))
                            if reply.headers["Connection"] == "close":
                                return
                    except ConnectionError:
                        pass   # idle when it was told to stop
                    except Exception as fault:  # noqa: BLE001
                        faults.append(repr(fault))
                    finally:
                        one.close()

                threads = [threading.Thread(target=work) for _ in range(4)]
                for thread in threads:
                    thread.start()
                started.wait()
                while len(acknowledged) < 500:
                    time.sleep(0.001)
                server.process.send_signal(number)
                began = time.monotonic()
                code = server.stop()
                for thread in threads:
                    thread.join()
                client.close()
                self.assertEqual((code, faults), (0, []), server.log)
                self.assertLess(time.monotonic() - began, 10)
                self.assertFalse((directory / "data" / "minne.sock").exists())
                self.assertFalse([line for line in server.lines if "[warning]" in line or "[error]" in line], server.log)
                verified = minne.run("verify", "--data", directory / "data", "--json")
                self.assertEqual(verified.code, 0, verified)
                self.assertGreaterEqual(verified.json["boards"][0]["events"], len(acknowledged) + 1)
                self.assertEqual(len(set(position for _, position in acknowledged)), len(acknowledged))

    def test_a_request_under_way_is_answered(self):
        with minne.temporary() as directory:
            data = directory / "data"
            self.assertEqual(minne.run("generate", "--events", 60_000, "--data", data).code, 0)
            server = minne.Server(data)
            replies = []
            asked = threading.Thread(target=lambda: replies.append(server.client().post("/v1/boards/generated/rebuild")))
            asked.start()
            time.sleep(0.05)
            self.assertEqual(server.stop(), 0)
            asked.join()
            self.assertEqual([reply.status for reply in replies], [200], replies)


if __name__ == "__main__":
    minne.main()
