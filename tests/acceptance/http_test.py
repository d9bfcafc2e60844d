"""Every route over a real socket, against the API's own description; every refusal; what callers may rely on."""

import copy
import datetime
import re
import resource
import socket
import threading
import time
import unittest
import urllib.parse

import jsonschema

import minne
from minne import assigned, case_opened, event, new_id, note, person_number, report

FORMATS = jsonschema.FormatChecker(formats=("date", "uuid"))
CONCERNS = ("honour", "trafficking", "self_harm", "unaccompanied", "unborn", "economy_housing", "conflict_guardians", "sexual_abuse")


@FORMATS.checks("date-time")
def is_date_time(text):
    if not isinstance(text, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        return False
    datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    return True


class Description:
    """The OpenAPI document: finds operations and validates messages against it."""

    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver("", document)
        self.operations = {}
        for path, item in document["paths"].items():
            pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
            for method, operation in item.items():
                self.operations[operation["operationId"]] = (method.upper(), pattern, operation)
        self.used = set()

    def check(self, schema, value):
        jsonschema.Draft202012Validator(schema, resolver=self.resolver, format_checker=FORMATS).validate(value)

    def operation(self, method, target):
        path = target.split("?")[0]
        for name, (verb, pattern, operation) in self.operations.items():
            if verb == method and pattern.fullmatch(path):
                return name, operation
        raise AssertionError(f"no operation for {method} {path}")

    def check_reply(self, method, target, reply):
        name, operation = self.operation(method, target)
        documented = operation["responses"].get(str(reply.status))
        assert documented is not None, f"{name} does not document {reply.status}: {reply}"
        if "$ref" in documented:
            documented = self.resolver.resolve(documented["$ref"])[1]
        content = documented.get("content", {})
        if not content:
            assert reply.body == b"", reply
        else:
            kind = reply.headers["Content-Type"]
            assert kind in content, f"{name} {reply.status}: {kind} is not documented"
            if "schema" in content[kind]:
                self.check(content[kind]["schema"], reply.json)
        self.used.add((name, reply.status))


class DescriptionTest(minne.Case):
    """Each operation's answers have the shape that /openapi.json says."""

    def setUp(self):
        document = self.client.get("/openapi.json")
        self.assertEqual(document.status, 200)
        self.described = Description(document.json)

    def call(self, method, target, body=None, status=200, **more):
        reply = self.client.call(method, target, body, **more)
        self.described.check_reply(method, target, reply)
        self.assertEqual(reply.status, status, reply)
        return reply

    def test_the_schemas_are_schemas_and_every_reference_leads_somewhere(self):
        document = self.described.document
        self.assertTrue(document["openapi"].startswith("3.1"))

        def walk(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    self.described.resolver.resolve(value["$ref"])
                for item in value.values():
                    walk(item)
            elif isinstance(value, list):
                for item in value:
                    walk(item)

        walk(document)
        for schema in document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_operation_answers_as_described(self):
        board = self.path()
        number = person_number(1)
        case, sibling, first, second = new_id(), new_id(), new_id(), new_id()
        self.call("GET", "/healthz")
        self.call("GET", "/openapi.json")
        self.call("PUT", "/v1/boards/soder", {"clock": "system"}, status=201)
        self.call("PUT", "/v1/boards/soder", {"clock": "system"})
        self.call("PUT", "/v1/boards/soder", {"clock": "supplied"}, status=409)
        self.call("GET", "/v1/boards")
        self.call("GET", board)
        opened = case_opened("2025-07-01", number, "ref-1", id=new_id(), secrecy="strict",
                             legal_basis={"law": "SoL 2025:400", "section": "14:3"})
        full = {"expected_version": "new", "events": [opened]}
        self.described.check({"$ref": "#/components/schemas/CaseAppend"}, full)
        self.call("POST", f"{board}/cases/{case}/events", full, status=201)
        self.call("POST", f"{board}/cases/{case}/events", full, status=200)
        correlation = new_id()
        several = {"cases": [{"case": case, "expected_version": 1,
                              "events": [report("2025-09-01T10:00:00+02:00", id=first, correlation_id=correlation,
                                                sealed={"free_text_ref": "råttor i köket", "reporter_ref": "Åsa"})]},
                             {"case": sibling, "expected_version": "new",
                              "events": [case_opened(), report("2025-09-01T10:00:00+02:00", correlation_id=correlation)]}],
                   "events": [event("StaffJoined", "2025-08-01", {"worker": "w-01", "unit": "intake"})]}
        self.described.check({"$ref": "#/components/schemas/Append"}, several)
        self.call("POST", f"{board}/events", several, status=201)
        self.call("POST", f"{board}/cases/{case}/events", {"events": [
            event("ProtectionAssessmentMade", "2025-09-01", {"needs_protection": False}, matter=first),
            event("InvestigationOpened", "2025-09-05", {"report_ids": [first], "law": "SoL"}, id=second),
            assigned("w-01", second), assigned("w-02", second, role="co_worker"),
            event("CaseHandedOver", "2025-09-08", {"from": "w-01", "to": "w-03", "reason": "leave"}, matter=second),
            event("HandoverAcknowledged", "2025-09-09", {"worker": "w-03", "read_position": 1}, matter=second),
            event("PartyInformed", "2025-09-09", {"party": "guardian", "about": "opened"}, matter=second),
            event("InvestigationExtended", "2025-12-01", {"new_end": "2026-02-01", "reason": "abroad"}, matter=second),
            event("ReportSupplemented", "2025-09-10", {}, matter=first, sealed={"content_ref": "mer text"}),
            event("SubjectFactsRecorded", "2025-09-10", {"school": "Vallby", "source": "guardian"}),
            note("2025-09-11", "ringde modern"),
            event("ActionRecorded", "2025-09-12", {"activity": "T01", "attributes": [
                {"key": "a", "type": "string", "value": "b", "children": [{"key": "c", "type": "int", "value": "007"}]}]}),
            event("DeadlineSet", "2025-09-12", {"name": "svar", "due": "2025-10-01"}),
            event("EventCorrected", "2025-09-13", {"target": opened["id"], "reason": "typo", "replacement": case_opened(
                "2025-07-01", number, "ref-1", born="2015-05-16")}),
            event("InvestigationConcluded", "2026-01-20", {"outcome": "none_needed"}, matter=second),
        ]}, status=201)
        whole = self.call("GET", f"{board}/cases/{case}")
        for when in ({}, {"as_of": "2025-09-06"}, {"known_at": "2099-01-01"}, {"known_at": "2099-01-01T00:00:00Z"},
                     {"position": 3}, {"today": "2026-01-01"}, {"consistency": "eventual"}):
            for part in ("", "/obligations", "/reports"):
                self.call("GET", minne.with_query(f"{board}/cases/{case}{part}", when))
        for part in ("", "/obligations", "/reports"):
            self.call("GET", f"{board}/cases/{case}{part}", status=304, headers={"If-None-Match": whole.headers["ETag"]})
        events = self.call("GET", f"{board}/cases/{case}/events?limit=1000")
        self.assertEqual(len(events.json["items"]), events.json["total"])
        self.call("GET", f"{board}/cases/{case}/events?after=3&limit=2")
        self.call("GET", f"{board}/cases?ref=ref-1")
        self.assertEqual(self.call("POST", f"{board}/subjects/find", {"number": number}).json["case"], case)
        self.assertIsNone(self.call("POST", f"{board}/subjects/find", {"number": person_number(2)}).json["case"])
        for query in ({}, {"state": "all"}, {"state": "overdue"}, {"state": "lapsed"}, {"unit": "intake", "rule": "INV_4M"},
                      {"limit": 1}, {"before": "2025-10-01"}, {"worker": "w-03"}):
            self.call("GET", minne.with_query(f"{board}/deadlines", query))
        for query in ({"min": 1, "within": 36600}, {"min": 1, "not_opened": "true", "concern": "school_absence"}):
            self.call("GET", minne.with_query(f"{board}/repeats", query))
        self.ask_every_question(board)
        self.assertIn("INV_4M", {rule["id"] for rule in self.call("GET", "/v1/rules").json["rules"]})
        due = self.call("GET", "/v1/rules/INV_4M/due?start=2025-10-31&start=2025-07-01").json["items"]
        self.assertEqual([item["adjusted"] for item in due], ["2026-03-02", "2025-11-03"])
        guarantee = """[[rule]]
id = "OUR_WEEK"
law = "the board's own guarantee"
section = "1"
kind = "policy"
valid_from = 2025-07-01
limit = "1w"
adjust = "none"
starts = { event = "ReportReceived", field = "received_at" }
met_by = ["InvestigationOpened"]
"""
        self.assertEqual(self.call("POST", "/v1/rules/check", guarantee.encode(), content_type="application/toml").json["rules"], 1)
        self.call("POST", "/v1/rules/check", b"[[rule]]", status=400, content_type="application/toml")
        self.assertGreater(len(self.call("GET", f"{board}/extracts").json["items"]), 5)
        self.assertEqual(self.call("POST", "/v1/rules/reload").json["changed"], False)
        self.assertIn("school", {code["code"] for found in self.call("GET", "/v1/codes").json["lists"]
                                 if found["list"] == "reporter_category" for code in found["codes"]})
        own = b"sv = 'oro'\nen = 'concern'\n[codes]\ngaming = { sv = 'spel', en = 'gaming' }\n"
        self.assertEqual(self.call("POST", "/v1/codes/check?name=concern.toml", own, content_type="application/toml").json["codes"], 1)
        self.call("POST", "/v1/codes/check?name=worry.toml", own, status=400, content_type="application/toml")
        reads = self.call("GET", f"{board}/reads?limit=1000").json
        self.assertIn(("handover", "follow_up"), {(item["body"]["query"], item["body"]["purpose"]) for item in reads["items"]})
        shown = self.call("GET", f"{board}/handover?worker=w-03&purpose=case_work").json
        last = self.call("GET", f"{board}/reads?after={reads['total']}").json["items"][-1]["body"]
        self.assertEqual((last["purpose"], last["cases"], last["result_count"]), ("case_work", [case], 1), shown)
        control = self.call("GET", f"{board}/access-report?purpose=log_control").json
        self.assertGreater(sum(reader["reads"] for reader in control["readers"]), 1)
        self.call("GET", f"{board}/projections")
        self.call("POST", f"{board}/rebuild?threads=2&memory_mib=64")
        self.assertTrue(self.call("POST", "/v1/verify").json["ok"])
        # Errors too are as described.
        self.call("GET", f"{board}/cases/{new_id()}", status=404)
        self.call("GET", "/v1/boards/nobody", status=404)
        self.call("GET", f"{board}/deadlines?nonsense=1", status=400)
        self.call("POST", f"{board}/cases/{case}/events", {"events": [case_opened()]}, status=422)
        self.call("POST", f"{board}/cases/{case}/events", {"events": [note()], "expected_version": 1}, status=409)
        self.call("POST", f"{board}/cases/{case}/events", {"events": [note()]}, status=412, headers={"If-Match": '"1"'})
        self.call("POST", f"{board}/cases/{case}/events", b"x", status=415, content_type="text/plain")
        exercised = {name for name, status in self.described.used if status < 300}
        self.assertEqual(exercised, set(self.described.operations))

    def ask_every_question(self, board):
        """Statistics and lists, with what they must be told, and with each thing they may be told."""

        codes = {found["list"]: found["codes"][0]["code"] for found in self.call("GET", "/v1/codes").json["lists"]}

        def value(parameter):
            schema = parameter["schema"]
            if "enum" in schema:
                return schema["enum"][1 % len(schema["enum"])]
            if listed := re.search(r": a code of (\w+)$", parameter.get("description", "")):
                return codes[listed[1]]
            return {"integer": str(schema.get("minimum", 1)), "boolean": "true"}.get(
                schema["type"], "2025-09-10" if schema.get("format") == "date" else "w-01")

        for path, item in self.described.document["paths"].items():
            operation = item.get("get", {})
            content = operation.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
            if content.get("schema", {}).get("$ref") != "#/components/schemas/Answer":
                continue
            target = path.replace("/v1/boards/{board}", board)
            asked = {one["name"]: value(one) for one in operation["parameters"] if one["in"] == "query"}
            asked |= {name: day for name, day in (("from", "2025-07-01"), ("to", "2025-09-30")) if name in asked}  # a quarter's
            needed = {one["name"]: asked[one["name"]] for one in operation["parameters"] if one["in"] == "query" and one.get("required")}
            plain = self.call("GET", minne.with_query(target, needed))
            if "pattern" in asked:
                asked["pattern"] = plain.json["patterns"][0]["pattern"]
            for name in asked.keys() - needed.keys() - {"with"}:  # another board: the command line's tests have two
                narrowed = {"of": "reported"} if "of" in asked else {}  # all cases are narrowed by nothing
                self.call("GET", minne.with_query(target, {**needed, **narrowed, name: asked[name]}))
            for name in needed:
                self.call("GET", minne.with_query(target, {k: v for k, v in needed.items() if k != name}), status=400)
            self.assertEqual(plain.json["board"], board.rsplit("/", 1)[1])
            if "post" in item:
                published = self.call("POST", minne.with_query(target, {**needed, "recipient": "public"}), status=201).json
                again = self.call("GET", published["query"]).json
                if "purpose" in needed:  # a list is of the board as it stands
                    again["position"] = published["answer"]["position"]
                self.assertEqual(again, published["answer"])

    def test_head_and_options_follow_get(self):
        head = self.client.call("HEAD", self.path())
        self.assertEqual((head.status, head.body), (200, b""))
        options = self.client.call("OPTIONS", self.path())
        self.assertEqual(options.status, 204)
        self.assertEqual(set(options.headers["Allow"].split(", ")), {"GET", "HEAD", "OPTIONS", "PUT"})


class RefusalsTest(minne.Case):
    """Requests that are not right: said what and where, and nothing is appended."""

    def setUp(self):
        self.case = self.open_case()
        self.before = self.position()

    def tearDown(self):
        self.assertEqual(self.position(), self.before, "a refused request has appended something")

    def bad(self, event_or_events, where, status=400, **members):
        events = event_or_events if isinstance(event_or_events, list) else [event_or_events]
        problem = self.refused(status, self.post_to(self.case, *events), **members)
        self.assertEqual(problem.get("where"), where, problem)

    def test_a_body_that_is_not_json_names_the_byte(self):
        target = self.path(f"/cases/{self.case}/events")
        for body, byte in ((b'{"events": [}', 12), (b'{"events": [] } x', 16), (b"nul", 3), (b'{"a":"\xff"}', None),
                           (b'{"a":1,}', 7), (b'{"a":01}', None), (b"[" * 200, None), (b'{"a":1', None)):
            problem = self.refused(400, self.client.post(target, body))
            self.assertRegex(problem["where"], r"^byte \d+$")
            if byte is not None:
                self.assertAlmostEqual(int(problem["where"][5:]), byte, delta=1, msg=body)

    def test_fields_that_are_unknown_or_of_a_wrong_type_are_named_by_pointer(self):
        self.bad(event("NoteRecorded", "2025-08-01", {"nonsense": 1}), "/events/0/body/nonsense")
        self.bad([note(), event("NoteRecorded", "2025-08-01", nonsense=1)], "/events/1/nonsense")
        self.bad(event("NoteRecorded", "2025-08-01", {"text_ref": "x"}), "/events/0/body/text_ref")
        self.bad(event("NoteRecorded", "2025-08-01", sealed={"kind": "x"}), "/events/0/sealed/kind")
        self.bad(event("NoteRecorded", "2025-08-01", {"kind": 17}), "/events/0/body/kind")
        self.bad(event("NoteRecorded", "2025-08-01", {"kind": "two words"}), "/events/0/body/kind")
        self.bad(event("Nonsense", "2025-08-01"), "/events/0/type")
        self.bad({"occurred_at": "2025-08-01"}, "/events/0/type")
        self.bad(event("NoteRecorded", 17), "/events/0/occurred_at")
        self.bad({"type": "NoteRecorded"}, "/events/0/occurred_at")
        self.bad(note(id="17"), "/events/0/id")
        self.bad(note(actor={"id": "x" * 65}), "/events/0/actor/id")
        self.bad(note(position=3), "/events/0/position")
        self.bad(note(recorded_at="2025-08-01T00:00:00Z"), "/events/0/recorded_at")
        self.bad(note(case=new_id()), "/events/0/case")
        self.bad(event("ReportReceived", "2025-08-01", {"concerns": [{"code": "neglect", "absence_pct": 256}]}),
                 "/events/0/body/concerns/0/absence_pct")
        self.bad(event("ReportReceived", "2025-08-01", {"concerns": {}}), "/events/0/body/concerns")
        self.bad(event("ReportReceived", "2025-08-01", {"anonymous": "yes"}), "/events/0/body/anonymous")
        self.bad(event("ReportReceived", "2025-08-01", {}, id=new_id(), matter=new_id()), "/events/0/matter")
        self.bad("no event", "/events/0")
        self.bad(event("CaseOpened", "2025-08-01", {"subject_token": "00" * 32}), "/events/0/body/subject_token")
        self.bad(event("ChildIdentityLinked", "2025-08-01", {}, sealed={"person_number": "20140309-0000"}),
                 "/events/0/sealed/person_number")

    def test_a_time_needs_its_offset_and_a_date_its_day(self):
        for wrong in ("2025-08-01T10:00:00", "2025-02-29", "2025-8-1", "01/08/2025", "2025-08-01T25:00:00Z", "2025-08-01 10:00:00Z", ""):
            self.bad(note(wrong), "/events/0/occurred_at")

    def test_the_envelope_of_an_append_is_checked_too(self):
        target = self.path(f"/cases/{self.case}/events")
        for body, where in (({"events": []}, "/events"), ({"events": {}}, "/events"), ({}, "/events"), ([], None),
                            ({"events": [note()], "x": 1}, "/x"), ({"events": [note()], "expected_version": "old"}, "/expected_version"),
                            ({"events": [note()], "expected_version": -1}, "/expected_version")):
            self.assertEqual(self.refused(400, self.client.post(target, body)).get("where"), where)
        loose = self.path("/events")
        for body, where in (({"events": [note()]}, "/events/0/case"), ({"cases": [{"events": [note()]}]}, "/cases/0/case"),
                            ({"cases": [{"case": self.case, "events": [note()]}] * 2}, "/cases/1/expected_version"),
                            ({"cases": [{"case": self.case, "events": [note(), {}]}]}, "/cases/0/events/1/type"), ({}, None)):
            self.assertEqual(self.refused(400, self.client.post(loose, body)).get("where"), where)

    def test_parameters_are_checked(self):
        for target, where in (("/deadlines?foo=1", "query/foo"), ("/deadlines?limit=0", "query/limit"), ("/deadlines?limit=x", "query/limit"),
                              ("/deadlines?limit=100000", "query/limit"), ("/deadlines?state=late", "query/state"),
                              ("/deadlines?today=2025-13-01", "query/today"), ("/deadlines?limit=1&limit=2", "query/limit"),
                              ("/deadlines?cursor=zz", "query/cursor"), ("/deadlines?cursor=00", "cursor"),
                              ("/repeats?cursor=0000", "cursor"), ("/repeats?min=0", "query/min"), ("/repeats?not_opened=1", "query/not_opened"),
                              ("/cases", "query/ref"), ("/cases/17", "path/case"), (f"/cases/{self.case}?as_of=x", "query/as_of"),
                              (f"/cases/{self.case}?known_at=2025-01-01T00:00:00", "known_at"),
                              (f"/cases/{self.case}?position=-1", "query/position")):
            self.assertEqual(self.refused(400, self.client.get(self.path(target)))["where"], where, target)
        self.refused(400, self.client.get("/v1/boards/UPPER"))
        self.refused(400, self.client.call("GET", self.path("//x")))
        self.refused(400, self.client.post(self.path("/subjects/find"), {"number": 17}))
        self.refused(400, self.client.post(self.path("/subjects/find"), {"number": "20140309-0000"}), where="/number")
        self.refused(400, self.client.post(self.path("/subjects/find")))
        self.refused(400, self.post_to(self.case, note(), headers={"If-Match": "3"}), where="If-Match")
        self.refused(400, self.post_to(self.case, note(), headers={"Idempotency-Key": "x" * 256}))

    def test_a_cursor_of_another_list_is_refused_or_harmless(self):
        for cursor in ("00" * 7, "00" * 8, "00" * 9, "ff" * 40, "0" * 16 + "00"):
            for name in ("deadlines", "repeats"):
                reply = self.client.get(self.path(f"/{name}"), cursor=cursor)
                self.assertIn(reply.status, (200, 400), reply)

    def test_what_minne_itself_writes_is_taken_from_nobody(self):
        purged = event("RecordPurged", "2025-09-01", {"category": "personal_file", "rule": "sol_16_1"})
        self.bad(purged, "/events/0/type", status=422, detail="RecordPurged is what Minne itself writes")
        for one in (event("LogImported", "2025-09-01", {}), event("ExtractProduced", "2025-09-01", {}),
                    event("RecordRead", "2025-09-01", {"worker": "w-01"})):
            self.refused(422, self.client.post(self.path("/events"), {"events": [one]}))

    def test_what_is_not_there_is_404(self):
        self.refused(404, self.client.get("/v1/boards/nobody"))
        self.refused(404, self.client.get("/v1/boards/nobody/deadlines"))
        self.refused(404, self.client.post(f"/v1/boards/nobody/cases/{self.case}/events", {"events": [note()]}))
        for part in ("", "/events", "/obligations", "/reports"):
            self.refused(404, self.client.get(self.path(f"/cases/{new_id()}{part}")))
        self.refused(404, self.client.get(self.path("/cases?ref=nobody")))
        self.refused(404, self.client.get("/v2"))
        self.refused(404, self.client.get(self.path(f"/cases/{self.case}"), position=0))

    def test_a_method_that_a_path_does_not_have_is_405_with_allow(self):
        reply = self.client.call("DELETE", self.path(f"/cases/{self.case}"))
        self.refused(405, reply)
        self.assertEqual(set(reply.headers["Allow"].split(", ")), {"GET", "HEAD", "OPTIONS"})
        reply = self.client.call("PATCH", self.path(f"/cases/{self.case}/events"))
        self.refused(405, reply)
        self.assertEqual(set(reply.headers["Allow"].split(", ")), {"GET", "HEAD", "OPTIONS", "POST"})

    def test_too_much_is_413_and_a_strange_type_415(self):
        self.bad(note(text="x" * 65_536), "/events/0", status=413)
        self.bad([note(), event("ActionRecorded", "2025-08-01", {"activity": "x" * 65_536})], "/events/1", status=413)
        target = self.path(f"/cases/{self.case}/events")
        body = b'{"events":[' + b",".join([b'{"type":"NoteRecorded","occurred_at":"2025-08-01"}'] * 10_001) + b"]}"
        self.refused(413, self.client.post(target, body))
        oversized = self.server.client()
        self.refused(413, oversized.post(target, b" " * (20 * 1024 * 1024 + 1)))
        oversized.close()
        for kind in ("text/plain", "application/xml", "application/json-patch+json"):
            self.refused(415, self.client.post(target, b"x", content_type=kind))
        large = self.server.client()
        self.refused(431, large.call("GET", "/healthz", headers={"X": "y" * 17_000}))
        self.refused(421, self.client.call("GET", "/healthz", headers={"Host": "evil.example"}))
        large.close()

    def test_events_just_below_the_limit_are_welcome(self):
        self.append(self.case, note(text="x" * 64_000))
        self.before += 1

    def test_a_stale_version_names_the_current_one(self):
        problem = self.refused(409, self.post_to(self.case, note(), expected=0), current_version=1, case=self.case)
        self.assertEqual(problem["where"], "/expected_version")
        self.refused(409, self.post_to(self.case, note(), expected=7), current_version=1)
        self.refused(409, self.post_to(self.case, case_opened(), expected="new"), current_version=1)
        self.refused(412, self.post_to(self.case, note(), headers={"If-Match": '"7"'}), current_version=1)
        self.refused(409, self.post_to(self.case, note(), expected="new", headers={"If-Match": '"1"'}), current_version=1)

    def test_an_id_is_used_once(self):
        known = note(id=new_id())
        self.append(self.case, known)
        self.before += 1
        changed = copy.deepcopy(known)
        changed["occurred_at"] = "2025-08-02"
        self.bad(changed, "/events/0/id", status=409, id=known["id"], position=self.before)
        self.bad(dict(known, sealed={"text_ref": "other"}), "/events/0/id", status=409)
        self.bad([known, note()], "/events/1/id", status=409)
        self.bad([note(id=new_id())] * 2, "/events/1/id", status=409)
        again = self.post_to(self.case, known)
        self.assertEqual((again.status, again.json["appended"]), (200, 0))
        self.assertEqual(again.json["events"][0]["repeated"], True)
        self.assertEqual(again.json["events"][0]["position"], self.before)

    def test_one_bad_event_keeps_out_all_of_an_append_to_several_cases(self):
        other = self.open_case()
        self.before = self.position()
        body = {"cases": [{"case": self.case, "events": [note()]}, {"case": other, "events": [note(), case_opened()]}]}
        self.refused(422, self.client.post(self.path("/events"), body), where="/cases/1/events/1/type")
        body["cases"][1]["events"] = [note()]
        body["cases"][1]["expected_version"] = 5
        self.refused(409, self.client.post(self.path("/events"), body), current_version=1, case=other, where="/cases/1/expected_version")
        self.assertEqual(self.get_case(self.case)["version"], 1)

    def test_a_second_case_of_one_person_names_the_first(self):
        number = person_number(1000)
        first = self.open_case(number=number)
        self.before = self.position()
        for form in (number, number[2:8] + "-" + number[8:], number[:8] + "-" + number[8:]):
            self.refused(409, self.post_to(new_id(), case_opened(number=form)), case=first)
        self.refused(409, self.post_to(self.case, event("ChildIdentityLinked", "2025-08-01", {}, sealed={"person_number": number})), case=first)

    def test_a_second_case_of_one_person_names_the_first_at_once(self):
        for i in range(60):
            first = self.open_case(number=person_number(1100 + i))
            self.before += 1
            self.refused(409, self.post_to(new_id(), case_opened(number=person_number(1100 + i))), case=first)

    def test_two_cases_of_one_person_in_one_append_are_refused(self):
        number = person_number(1200)
        body = {"cases": [{"case": new_id(), "events": [case_opened(number=number)]} for _ in range(2)]}
        self.refused(409, self.client.post(self.path("/events"), body))

    def test_a_correction_cannot_make_a_second_case_of_one_person(self):
        number = person_number(1201)
        first = self.open_case(number=number)
        target = case_opened(id=new_id())
        second = new_id()
        self.append(second, target)
        self.before = self.position()
        corrected = event("EventCorrected", "2025-08-01", {"target": target["id"], "reason": "wrong_number", "replacement": case_opened(number=number)})
        self.refused(409, self.post_to(second, corrected), case=first)

    def test_one_person_opened_by_many_at_once_gets_one_case(self):
        for i in range(10):
            number, replies = person_number(1300 + i), []
            barrier = threading.Barrier(4)

            def race():
                client = self.server.client()
                barrier.wait()
                replies.append(client.post(self.path(f"/cases/{new_id()}/events"), {"events": [case_opened(number=number)]}))
                client.close()

            threads = [threading.Thread(target=race) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.before += 1
            self.assertEqual(sorted(reply.status for reply in replies), [201, 409, 409, 409], replies)
            first = next(reply.json["events"][0]["case"] for reply in replies if reply.status == 201)
            for reply in replies:
                if reply.status == 409:
                    self.assertEqual(reply.json.get("case"), first, reply)

    def test_a_case_may_be_linked_to_the_number_it_has(self):
        number = person_number(1400)
        case = self.open_case(number=number)
        self.append(case, event("ChildIdentityLinked", "2025-08-01", {"certainty": "checked"}, sealed={"person_number": number}))
        self.before = self.position()

    def test_events_of_staff_and_board_stay_out_of_cases(self):
        joined = event("StaffJoined", "2025-08-01", {"worker": "w-77", "unit": "norr"})
        for case in (self.case, new_id()):
            self.assertIn(self.post_to(case, joined).status, (400, 422))
            self.assertIn(self.client.post(self.path("/events"), {"events": [dict(joined, case=case)]}).status, (400, 422))

    def test_foreign_appends_are_not_for_http_clients(self):
        reply = self.client.post(self.path(f"/cases/{self.case}/events?foreign=true"), {"events": [note()]})
        self.refused(422, reply, where="foreign")


class DecideTest(minne.Case):
    """Each business refusal, with the invariant it keeps and what that rests on."""

    def setUp(self):
        self.case, self.first, self.investigation = new_id(), new_id(), new_id()
        self.opened = case_opened(id=new_id())
        self.append(self.case, self.opened, report("2025-09-01", id=self.first))

    def refusal(self, invariant, *events, where=None, case=None):
        before = self.position()
        problem = self.refused(422, self.post_to(case or self.case, *events))
        self.assertEqual(problem.get("invariant"), invariant, problem)
        self.assertTrue(problem.get("basis") and problem.get("passes_if"), problem)
        self.assertIsInstance(problem.get("events"), list, problem)
        self.assertEqual(problem["where"], where or problem["where"])
        self.assertEqual(self.position(), before)
        return problem

    def decision(self, day, *reports, **body):
        return event("InvestigationNotOpened", day, {"report_ids": list(reports), "reason_code": "no_need", **body})

    def open_investigation(self):
        self.append(self.case, event("InvestigationOpened", "2025-09-10", {"report_ids": [self.first]}, id=self.investigation))

    def test_the_first_event_opens_the_case_and_no_other_does(self):
        self.refusal("case-opened-first", note(), case=new_id(), where="/events/0/type")
        self.refusal("case-opened-once", case_opened(), where="/events/0/type")
        self.refusal("case-opened-once", case_opened(), case_opened(), case=new_id(), where="/events/1/type")

    def test_a_personal_number_is_no_reference(self):
        number = person_number(3)
        for ref in (number, number[2:], number[:8] + "-" + number[8:], number[2:8] + "-" + number[8:], number[2:8] + "+" + number[8:]):
            self.refusal("number-never-a-reference", case_opened(ref=ref), case=new_id(), where="/events/0/body/external_ref")

    def test_a_personal_number_is_no_reference_in_a_correction_either(self):
        corrected = event("EventCorrected", "2025-09-02", {"target": self.opened["id"], "reason": "typo",
                                                          "replacement": case_opened(ref=person_number(3))})
        self.refusal("number-never-a-reference", corrected)

    def test_a_report_is_decided_once(self):
        self.append(self.case, self.decision("2025-09-10", self.first))
        self.refusal("report-undecided", self.decision("2025-09-11", self.first), where="/events/0/body/report_ids/0")
        self.refusal("report-undecided", event("PreliminaryExtended", "2025-09-11", {"new_date": "2025-10-20", "reason": "interpreter"}, matter=self.first))

    def test_report_decision_investigation_and_conclusion_follow_each_other(self):
        self.refusal("chronology", self.decision("2025-08-31", self.first), where="/events/0/occurred_at")
        self.refusal("chronology", event("InvestigationOpened", "2025-08-31", {"report_ids": [self.first]}))
        self.refusal("chronology", event("PreliminaryExtended", "2025-08-31", {"new_date": "2025-10-20", "reason": "interpreter"}, matter=self.first))
        self.open_investigation()
        for kind, body in (("InvestigationConcluded", {"outcome": "none_needed"}),
                           ("InvestigationExtended", {"new_end": "2026-03-01", "reason": "interpreter"})):
            self.refusal("chronology", event(kind, "2025-09-09", body, matter=self.investigation), where="/events/0/occurred_at")

    def test_a_report_joins_an_investigation_that_is_open(self):
        self.open_investigation()
        second = report("2025-09-20")
        self.append(self.case, second)
        joined = lambda day, investigation: event("ReportJoinedInvestigation", day, {"investigation_id": investigation}, matter=second["id"])
        self.refusal("open-investigation-joined", event("PriorHistoryReviewed", "2025-09-20", {
            "shown_report_ids": [self.first], "position": self.position()}, matter=second["id"]), self.decision("2025-09-20", second["id"]))
        self.append(self.case, event("InvestigationConcluded", "2025-09-25", {"outcome": "none_needed"}, matter=self.investigation))
        self.refusal("joins-an-open-investigation", joined("2025-09-26", self.investigation), where="/events/0/body/investigation_id")
        self.refused(422, self.post_to(self.case, joined("2025-09-21", new_id())), where="/events/0/body/investigation_id")
        self.refusal("chronology", joined("2025-09-19", self.investigation))
        self.append(self.case, joined("2025-09-21", self.investigation))

    def test_a_report_is_not_the_same_incident_as_itself(self):
        second = report("2025-09-02")
        mark = lambda one, other: event("ReportMarkedSameIncident", "2025-09-03", {"primary_report_id": other, "reason": "copy"}, matter=one)
        self.refusal("same-incident-forward", mark(self.first, self.first))
        self.append(self.case, second, mark(second["id"], self.first))
        self.refusal("same-incident-forward", mark(self.first, second["id"]), where="/events/0/body/primary_report_id")

    def test_a_decision_rests_on_a_review_of_all_earlier_reports(self):
        second = report("2025-09-20")
        self.append(self.case, second)
        review = lambda shown, position: event("PriorHistoryReviewed", "2025-09-21", {"shown_report_ids": shown, "position": position},
                                              matter=second["id"])
        head = self.position()
        self.refusal("history-reviewed-first", self.decision("2025-09-21", second["id"]), where="/events/0/body/report_ids")
        self.refusal("history-reviewed-first", event("InvestigationOpened", "2025-09-21", {"report_ids": [second["id"]]}))
        self.refusal("history-seen", review([self.first], head + 1), where="/events/0/body/position")
        self.refusal("history-seen", review([self.first], head - 3), where="/events/0/body/position")
        problem = self.refusal("history-seen", review([], head), where="/events/0/body/shown_report_ids")
        self.assertEqual(problem["earlier_reports"], [self.first])
        self.refusal("history-seen", review([self.first, second["id"]], head))
        self.append(self.case, self.decision("2025-09-21", second["id"], override_reason="emergency"))
        third = report("2025-09-22")
        self.append(self.case, third, event("PriorHistoryReviewed", "2025-09-22", {
            "shown_report_ids": [self.first, second["id"]], "position": head}, matter=third["id"]), self.decision("2025-09-22", third["id"]))

    def test_an_extension_is_for_a_later_time(self):
        self.refusal("extension-later", event("PreliminaryExtended", "2025-09-10", {"new_date": "2025-09-15", "reason": "interpreter"}, matter=self.first),
                     where="/events/0/body/new_date")
        self.open_investigation()
        self.refusal("extension-later", event("InvestigationExtended", "2025-12-10", {"new_end": "2026-01-10", "reason": "interpreter"},
                                              matter=self.investigation), where="/events/0/body/new_end")

    def test_a_corrected_extension_is_checked_like_the_original(self):
        self.open_investigation()
        extended = event("InvestigationExtended", "2025-12-10", {"new_end": "2026-03-10", "reason": "interpreter"}, matter=self.investigation, id=new_id())
        self.append(self.case, extended)
        wrong = event("InvestigationExtended", "2025-12-10", {"new_end": "2025-10-10", "reason": "interpreter"}, matter=self.investigation)
        self.refusal("extension-later", event("EventCorrected", "2025-12-11", {"target": extended["id"], "reason": "wrong_date", "replacement": wrong}))

    def test_an_investigation_is_opened_on_some_ground_and_closed_once(self):
        self.refusal("opened-on-some-ground", event("InvestigationOpened", "2025-09-10", {}), where="/events/0/body/basis")
        self.refusal("opened-on-some-ground", event("InvestigationOpened", "2025-09-10", {"basis": "reports"}))
        self.append(self.case, event("InvestigationOpened", "2025-09-10", {"basis": "application"}, id=self.investigation))
        concluded = event("InvestigationConcluded", "2025-10-10", {"outcome": "none_needed"}, matter=self.investigation)
        self.append(self.case, concluded)
        self.refusal("investigation-open", concluded, where="/events/0/matter")
        self.refusal("investigation-open", event("InvestigationExtended", "2025-10-11", {"new_end": "2026-03-01", "reason": "interpreter"}, matter=self.investigation))

    def test_a_matter_has_one_responsible_worker(self):
        self.append(self.case, assigned("w-1"), assigned("w-2", role="co_worker"), assigned("w-3", matter=self.first))
        self.refusal("one-responsible-worker", assigned("w-4"), where="/events/0/body/worker")
        self.refusal("one-responsible-worker", assigned("w-4", matter=self.first))
        self.refusal("assigned-now", event("CaseHandedOver", "2025-09-05", {"from": "w-9", "to": "w-1"}), where="/events/0/body/from")
        self.refusal("assigned-now", event("AssignmentEnded", "2025-09-05", {"worker": "w-3"}), where="/events/0/body/worker")
        self.refusal("assigned-now", event("HandoverAcknowledged", "2025-09-05", {"worker": "w-9"}))
        self.refusal("read-position-reached", event("HandoverAcknowledged", "2025-09-05", {"worker": "w-1", "read_position": 10**9}),
                     where="/events/0/body/read_position")
        self.append(self.case, event("CaseHandedOver", "2025-09-05", {"from": "w-1", "to": "w-4", "reason": "leave"}))
        self.assertEqual(self.get_case(self.case)["responsible"], "w-4")

    def test_a_correction_is_of_something_and_keeps_its_type(self):
        corrected = lambda target, replacement: event("EventCorrected", "2025-09-05", {"target": target, "reason": "typo", "replacement": replacement})
        self.refusal("correction-keeps-type", corrected(self.opened["id"], note()), where="/events/0/body/replacement/type")
        self.refused(422, self.post_to(self.case, corrected(new_id(), note())), where="/events/0/body/target")

    def test_a_misfiling_and_its_refiling_come_together(self):
        other = self.open_case()
        original = report("2025-09-01", id=self.first)
        misfiled = event("EventMisfiled", "2025-09-05", {"target": self.first, "right_case": other, "reason": "sibling"}, id=new_id())
        refiled = event("EventRefiled", "2025-09-05", {"origin_case": self.case, "origin_event": self.first, "original": original})
        self.refusal("misfiled-and-refiled-together", misfiled, where="/events/0/body/right_case")
        self.refusal("misfiled-and-refiled-together", refiled, case=other, where="/events/0/body/origin_event")
        self.refusal("case-opened-stays", dict(misfiled, body=dict(misfiled["body"], target=self.opened["id"])))
        both = lambda *pair: {"cases": [{"case": self.case, "events": [pair[0]]}, {"case": other, "events": [pair[1]]}]}
        wrong = dict(refiled, body=dict(refiled["body"], original=note()))
        problem = self.refused(422, self.client.post(self.path("/events"), both(misfiled, wrong)))
        self.assertEqual(problem["invariant"], "refiled-copy")
        done = self.client.post(self.path("/events"), both(misfiled, refiled))
        self.assertEqual(done.status, 201, done)
        self.refusal("misfiling-undone-by-refiling", event("EventCorrected", "2025-09-06", {
            "target": misfiled["id"], "reason": "typo", "replacement": note()}))
        left, right = self.obligations(self.case), self.obligations(other)
        self.assertEqual({item["state"] for item in left}, {"cancelled"}, left)
        self.assertEqual([(item["rule"], item["nominal"], item["state"]) for item in right],
                         [("PROT_ASSESS", "2025-09-01", "open"), ("PRELIM_14D", "2025-09-15", "open")])
        self.assertEqual(self.get_case(self.case)["reports"], [])
        self.assertEqual([item["id"] for item in self.get_case(other)["reports"]], [self.first])
        wrong = next(item for item in self.client.get(self.path(f"/cases/{self.case}/events")).json["items"] if item["id"] == self.first)
        self.assertEqual((wrong["body"], wrong["misfiled"], "sealed" in wrong), ({}, True, False))
        copy_of = next(item for item in self.client.get(self.path(f"/cases/{other}/events")).json["items"] if item["type"] == "EventRefiled")
        self.assertEqual(copy_of["body"]["original"]["body"], original["body"])

    def test_a_refiled_event_is_a_copy(self):
        other = self.open_case()
        misfiled = event("EventMisfiled", "2025-09-05", {"target": self.first, "right_case": other, "reason": "sibling"})
        refiled = event("EventRefiled", "2025-09-05", {"origin_case": self.case, "origin_event": self.first, "original": report("2025-10-20", id=self.first)})
        body = {"cases": [{"case": self.case, "events": [misfiled]}, {"case": other, "events": [refiled]}]}
        self.assertEqual(self.client.post(self.path("/events"), body).status, 422)

    def test_fields_that_a_type_needs(self):
        for kind, body, field, matter in (
                ("ReportJoinedInvestigation", {}, "investigation_id", self.first), ("ReportMarkedSameIncident", {}, "primary_report_id", self.first),
                ("PreliminaryExtended", {"reason": "interpreter"}, "new_date", self.first), ("PreliminaryExtended", {"new_date": "2025-10-01"}, "reason", self.first),
                ("InvestigationNotOpened", {}, "report_ids", None), ("InvestigationExtended", {"reason": "interpreter"}, "new_end", None),
                ("InvestigationConcluded", {}, "outcome", None), ("CaseAssigned", {"role": "responsible"}, "worker", None),
                ("CaseAssigned", {"worker": "w"}, "role", None), ("CaseHandedOver", {"to": "w"}, "from", None),
                ("CaseHandedOver", {"from": "w"}, "to", None), ("HandoverAcknowledged", {}, "worker", None), ("AssignmentEnded", {}, "worker", None),
                ("ActionRecorded", {}, "activity", None), ("DeadlineSet", {}, "due", None), ("EventCorrected", {}, "target", None),
                ("EventMisfiled", {}, "target", None), ("EventRefiled", {}, "origin_case", None)):
            reply = self.post_to(self.case, event(kind, "2025-09-02", body, matter=matter))
            self.refused(422, reply, where=f"/events/0/body/{field}")

    def test_matters_that_the_case_does_not_have(self):
        for kind, body in (("ReportSupplemented", {}), ("ProtectionAssessmentMade", {}), ("PriorHistoryReviewed", {"position": 1}),
                           ("PartyInformed", {}), ("InvestigationConcluded", {"outcome": "none_needed"}), ("CaseAssigned", {"worker": "w", "role": "responsible"})):
            self.refused(422, self.post_to(self.case, event(kind, "2025-09-02", body, matter=new_id())), where="/events/0/matter")

    def test_help_without_consent_says_why_and_a_placement_is_refused(self):
        helped = lambda **body: event("InterventionStarted", "2025-09-10", {"form": "open_care", **body})
        placed = event("PlacementStarted", "2025-09-10", {"form": "foster_home", "law": "sol"})
        problem = self.refusal("helped-with-consent", helped())
        self.assertEqual((problem["override"], problem["missing"]), ("override_reason", ["guardian"]))
        self.append(self.case, helped(override_reason="guardian_absent"))
        self.assertNotIn("override", self.refusal("placed-with-consent", placed))
        self.append(self.case, event("ConsentGiven", "2025-09-09", {"party": "guardian", "scope": "placement"}), placed)

    def test_a_refusal_names_the_events_it_rests_on(self):
        decided = self.decision("2025-09-10", self.first)
        decided["id"] = new_id()
        self.append(self.case, decided)
        problem = self.refusal("report-undecided", self.decision("2025-09-11", self.first))
        self.assertEqual(problem["events"], [self.first, decided["id"]])

    def test_every_refusal_names_its_invariant_and_basis(self):
        for refused in (event("InvestigationConcluded", "2025-09-02", {"outcome": "none_needed"}, matter=new_id()),
                        event("CaseAssigned", "2025-09-02", {"role": "responsible"}),
                        event("EventCorrected", "2025-09-02", {"target": new_id(), "reason": "typo", "replacement": note()})):
            problem = self.refused(422, self.post_to(self.case, refused))
            self.assertTrue(problem.get("invariant") and problem.get("basis"), problem)


class BinaryTest(minne.Case):
    """application/vnd.minne.events: what our own commands send, whole and damaged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        body = b"".join(minne.captured_appends("generate", "--events", 300, "--seed", 5, "--board", "x"))
        starts = minne.records_in(body)
        cls.starts, cls.body = starts[:60], body[:starts[60]]

    def setUp(self):
        self.made = "made-" + new_id()[:8]
        self.assertEqual(self.client.call("PUT", f"/v1/boards/{self.made}", {"clock": "supplied"}).status, 201)

    def send(self, body):
        return self.client.post(f"/v1/boards/{self.made}/events?foreign=true", body, content_type=minne.EVENTS)

    def test_records_are_taken_in_and_taken_in_once(self):
        first = self.send(self.body)
        self.assertEqual((first.status, first.json["appended"]), (201, 60), first)
        again = self.send(self.body)
        self.assertEqual((again.status, again.json["appended"]), (200, 0), again)
        self.assertTrue(self.client.post("/v1/verify").json["ok"])

    def test_what_is_cut_off_names_the_record(self):
        for cut in range(8, len(self.body), 40):
            if cut in self.starts:
                continue
            which = max(i for i, start in enumerate(self.starts) if start <= cut)
            problem = self.refused(400, self.send(self.body[:cut]))
            self.assertTrue(problem["where"].startswith(f"record {which}"), (cut, problem))

    def test_garbage_names_the_first_record(self):
        random = minne.seeded("garbage")
        for _ in range(200):
            reply = self.send(random.randbytes(random.randrange(1, 400)))
            self.assertEqual(reply.status, 400, reply)
            self.assertTrue(reply.json["where"].startswith("record 0"), reply)
        self.refused(400, self.send(b"\0" * 64))
        self.refused(400, self.send(b""))

    def test_a_flipped_bit_is_refused_or_means_something_else_but_never_does_harm(self):
        random = minne.seeded("flips")
        self.send(self.body)
        seen = {}
        for _ in range(1500):
            at = random.randrange(self.starts[20])
            flipped = bytearray(self.body)
            flipped[at] ^= 1 << random.randrange(8)
            reply = self.send(bytes(flipped))
            seen[reply.status] = seen.get(reply.status, 0) + 1
            self.assertIn(reply.status, (200, 201, 400, 409, 413), reply)
            if reply.status == 400 and "record" not in reply.json.get("where", ""):
                self.assertEqual(reply.json["where"], "/recorded_at", reply)
        self.assertGreater(seen.get(400, 0), 100, seen)
        self.assertTrue(self.client.post("/v1/verify").json["ok"])

    def test_binary_is_judged_too(self):
        self.assertEqual(self.client.post("/v1/boards/norr/events?foreign=true", self.body, content_type=minne.EVENTS).status, 422)
        case = self.open_case()
        wrong_case = self.client.post(self.path(f"/cases/{case}/events"), self.body, content_type=minne.EVENTS)
        self.refused(400, wrong_case)
        self.assertIn("record 0", wrong_case.json["where"])

    def test_a_client_chooses_no_token(self):
        body = b"".join(minne.captured_appends("generate", "--events", 300, "--seed", 5, "--board", "x"))
        starts = minne.records_in(body) + [len(body)]
        records = [body[one:two] for one, two in zip(starts, starts[1:])]
        made = self.path("/events")
        replies = [self.client.post(made, record, content_type=minne.EVENTS) for record in records[:150]]
        wheres = [reply.json.get("where") for reply in replies]
        self.assertIn("record 0/body/subject_token", wheres)
        self.assertIn("record 0/case", wheres)   # nor the stream of a worker: the record is another board's


class PromisesTest(minne.Case):
    """Idempotency, versions, pages, reading one's own writes."""

    def test_a_request_with_an_idempotency_key_is_done_once(self):
        case = self.open_case()
        events = [note("2025-08-01"), note("2025-08-02", "hemligt")]
        first = self.post_to(case, *events, headers={"Idempotency-Key": "k-17"})
        again = self.post_to(case, *events, headers={"Idempotency-Key": "k-17"})
        self.assertEqual((first.status, again.status), (201, 200))
        strip = lambda reply: [(item["id"], item["position"], item["version"]) for item in reply.json["events"]]
        self.assertEqual(strip(first), strip(again))
        self.assertEqual(self.get_case(case)["version"], 3)
        self.refused(409, self.post_to(case, note("2025-08-03"), headers={"Idempotency-Key": "k-17"}))
        self.assertEqual(self.post_to(case, *events, headers={"Idempotency-Key": "k-18"}).status, 201)

    def test_a_repeat_after_the_case_has_moved_on_is_answered_as_the_first_time(self):
        case = self.open_case()
        first = note(id=new_id())
        self.append(case, first, expected=1)
        self.append(case, note())
        again = self.post_to(case, first, expected=1)
        self.assertEqual((again.status, again.json["events"][0]["version"]), (200, 2))

    def test_an_etag_is_the_version_on_a_day(self):
        case = self.open_case()
        target = self.path(f"/cases/{case}")
        asked = lambda today, tag, part="": self.client.call("GET", f"{target}{part}?today={today}", headers={"If-None-Match": tag})
        tag = self.client.get(target + "?today=2025-09-01").headers["ETag"]
        self.assertEqual(tag, '"1.2025-09-01"')
        self.assertNotEqual(self.client.get(target).headers["ETag"], tag)
        for part in ("", "/obligations"):
            self.assertEqual(asked("2025-09-01", tag, part).status, 304)
            self.assertEqual(asked("2025-09-02", tag, part).status, 200)   # the days left are others
        written = self.post_to(case, note(), headers={"If-Match": tag})
        self.assertEqual((written.status, written.headers["ETag"]), (201, '"2"'))
        self.assertEqual(asked("2025-09-01", tag).status, 200)
        self.refused(412, self.post_to(case, note(), headers={"If-Match": tag}), current_version=2)
        self.append(case, note(), headers={"If-Match": written.headers["ETag"]})
        for wrong in ('"3.today"', '"3."', '".2025-09-01"', '"3 "'):
            self.refused(400, self.post_to(case, note(), headers={"If-Match": wrong}), where="If-Match")

    def test_the_stream_of_a_worker_is_no_case(self):
        done = self.client.post(self.path("/events"), {"events": [event("StaffJoined", "2025-08-01", {"worker": "w-stream"})]})
        stream = done.json["events"][0]["case"]
        for part in ("", "/obligations", "/reports", "/events"):
            self.refused(404, self.client.get(self.path(f"/cases/{stream}{part}")))

    def test_no_item_is_lost_or_seen_twice_on_the_way_through_pages(self):
        cases = {}
        for i in range(57):
            case = new_id()
            reports = [report(f"2025-09-{1 + (i + k) % 20:02d}", concern="gang") for k in range(1 + i % 4)]
            self.append(case, case_opened(ref=f"page-{i}"), *reports)
            cases[case] = len(reports)
        whole = self.client.get(self.path("/deadlines"), limit=1000, state="open", rule="PROT_ASSESS").json
        for target, query, key in (("/deadlines", {"rule": "PROT_ASSESS"}, "id"), ("/deadlines", {"state": "all"}, "id"),
                                   ("/deadlines", {"unit": "intake", "state": "overdue", "today": "2025-09-10"}, "id"),
                                   ("/deadlines", {"unit": "intake", "rule": "PRELIM_14D", "before": "2025-09-25"}, "id"),
                                   ("/repeats", {"min": 1, "concern": "gang", "today": "2025-10-01"}, "case")):
            expected, _ = minne.all_pages(self.client, self.path(target), limit=1000, **query)
            self.assertEqual(len({item[key] for item in expected}), len(expected))
            for limit in (7, 50):
                items, replies = minne.all_pages(self.client, self.path(target), limit=limit, **query)
                self.assertEqual([item[key] for item in items], [item[key] for item in expected], (target, query, limit))
                for reply in replies[:-1]:
                    self.assertLessEqual(len(reply.json["items"]), limit)
                    link = re.fullmatch(r'<([^>]+)>; rel="next"', reply.headers["Link"]).group(1)
                    self.assertEqual(dict(urllib.parse.parse_qsl(link.split("?")[1])),
                                     {**{k: str(v) for k, v in query.items()}, "limit": str(limit), "cursor": reply.json["next"]})
                self.assertIsNone(replies[-1].headers["Link"])
        self.assertEqual(whole["total"], len(whole["items"]))
        self.assertGreaterEqual(whole["total"], sum(cases.values()))
        order = [(item["nominal"], item["case"]) for item in whole["items"]]
        self.assertEqual(order, sorted(order))
        target, ids = self.path(f"/cases/{next(iter(cases))}/events?limit=1"), []
        while target:
            reply = self.client.get(target)
            ids += [item["version"] for item in reply.json["items"]]
            target = reply.headers["Link"] and reply.headers["Link"].split(">")[0][1:]
        self.assertEqual(ids, [1, 2])

    def test_siblings_reported_together_name_each_other(self):
        cases, correlation = [new_id() for _ in range(3)], new_id()
        body = {"cases": [{"case": case, "events": [case_opened(), report("2025-09-01", correlation_id=correlation)]} for case in cases]}
        self.assertEqual(self.client.post(self.path("/events"), body).status, 201)
        for case in cases:
            self.assertEqual(set(self.get_case(case)["reports"][0]["siblings"]), set(cases) - {case})
        loose = {"events": [dict(report("2025-09-02", correlation_id=new_id()), case=case) for case in cases]}
        self.assertEqual(self.client.post(self.path("/events"), loose).status, 201)
        self.assertEqual(self.get_case(cases[0])["reports"][1]["siblings"], [])

    def test_a_worker_who_leaves_holds_no_case_any_more(self):
        cases = [self.open_case() for _ in range(12)]
        for case in cases:
            first = report("2025-09-01")
            self.append(case, first, assigned("leaver"), assigned("leaver", matter=first["id"]), assigned("stayer", role="co_worker"))
        before = self.position()
        left = {"events": [event("StaffLeft", "2025-10-01", {"worker": "leaver", "reason": "resigned"}, id=new_id())]}
        reply = self.client.post(self.path("/events"), left)
        self.assertEqual((reply.status, reply.json["appended"]), (201, 25), reply)
        self.assertEqual(reply.json["events"][-1]["id"], left["events"][0]["id"], "StaffLeft stands last")
        self.assertEqual(self.position(), before + 25)
        for case in cases:
            held = self.get_case(case)
            self.assertIsNone(held["responsible"])
            self.assertEqual([(item["worker"], item["to"], item["end_reason"]) for item in held["assignments"] if item["worker"] == "leaver"],
                             [("leaver", "2025-10-01", "staff_left")] * 2)
            self.assertEqual([item["to"] for item in held["assignments"] if item["worker"] == "stayer"], [None])
        again = self.client.post(self.path("/events"), left)
        self.assertEqual((again.status, self.position()), (200, before + 25))
        self.assertEqual(self.client.get(self.path("/deadlines"), worker="leaver").json["items"], [])

    def test_a_read_sees_every_event_acknowledged_before_it(self):
        random = minne.seeded("read your writes")
        cases = [self.open_case() for _ in range(20)]
        faults = []

        def work(worker, seed):
            chance, client = type(random)(seed), self.server.client()
            concern, reports = CONCERNS[worker], {}   # nobody else reports this concern: the answer is all that it wrote
            try:
                for step in range(200):
                    case = chance.choice(cases)
                    wanted = [report("2025-09-01", concern=concern)] if step % 4 == 0 else [note()]
                    reply = client.post(self.path(f"/cases/{case}/events"), {"events": wanted})
                    while reply.status == 409:   # five decisions in vain: the case is busy
                        reply = client.post(self.path(f"/cases/{case}/events"), {"events": wanted})
                    assert reply.status == 201, reply
                    line = reply.json["events"][-1]
                    if step % 4 == 0:
                        reports[case] = reports.get(case, 0) + 1
                        found = client.get(self.path("/repeats"), min=1, concern=concern, today="2025-09-02").json["items"]
                        assert {item["case"]: item["reports"] for item in found} == reports, (case, found, reports)
                    elif step % 4 == 1:
                        seen = client.get(self.path(f"/cases/{case}")).json
                        assert seen["version"] >= line["version"] and seen["position"] >= line["position"], (line, seen)
                    else:
                        page = client.get(self.path(f"/cases/{case}/events"), after=line["version"] - 1, limit=1).json
                        assert [(item["id"], item["position"]) for item in page["items"]] == [(line["id"], line["position"])], (line, page)
            except Exception as fault:  # noqa: BLE001 (shown below)
                faults.append(repr(fault))
            client.close()

        threads = [threading.Thread(target=work, args=(worker, random.randrange(1 << 30))) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])
        positions = sorted(item["position"] for case in cases for item in self.client.get(self.path(f"/cases/{case}/events"), limit=1000).json["items"])
        self.assertEqual(len(positions), len(set(positions)))

    def test_versions_are_dense_when_many_write_to_one_case(self):
        case, acknowledged = self.open_case(), []

        def work():
            client = self.server.client()
            for _ in range(40):
                reply = client.post(self.path(f"/cases/{case}/events"), {"events": [note(id=new_id())]})
                if reply.status == 201:
                    acknowledged.append(reply.json["events"][0]["version"])
                else:
                    assert reply.status == 409, reply   # decided five times in vain
            client.close()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(acknowledged), list(range(2, len(acknowledged) + 2)))
        self.assertEqual(self.get_case(case)["version"], len(acknowledged) + 1)

    def test_the_past_can_be_asked_for(self):
        case = new_id()
        self.append(case, case_opened("2025-07-01"))
        first, late = report("2025-09-01"), report("2025-08-01")
        position = self.append(case, first)["position"]
        between = self.client.get(self.path(f"/cases/{case}/events")).json["items"][-1]["recorded_at"]
        time.sleep(0.002)
        self.append(case, late)
        reports = lambda **when: [item["id"] for item in self.get_case(case, **when)["reports"]]
        self.assertEqual(reports(), [late["id"], first["id"]], "oldest first by the received date")
        self.assertEqual(reports(as_of="2025-08-31"), [late["id"]])
        self.assertEqual(reports(as_of="2025-07-31"), [])
        self.assertEqual(reports(position=position), [first["id"]])
        self.assertEqual(reports(known_at=between), [first["id"]])
        self.assertEqual(reports(known_at=between, as_of="2025-08-31"), [])
        self.assertEqual(self.get_case(case, position=position)["version"], 2)
        self.assertEqual([item["counts"]["days_90"] for item in self.get_case(case)["reports"]], [1, 2])
        self.refused(404, self.client.get(self.path(f"/cases/{case}"), as_of="2025-06-30"))

    def test_a_correction_reaches_back_and_the_past_stays(self):
        case, first = new_id(), report("2025-09-01")
        self.append(case, case_opened(), first)
        before = self.position()
        replacement = {key: value for key, value in report("2025-08-20").items() if key != "id"}
        self.append(case, event("EventCorrected", "2025-09-03", {"target": first["id"], "reason": "wrong_date", "replacement": replacement}))
        nominal = lambda **when: [item["nominal"] for item in self.obligations(case, **when)]
        self.assertEqual(nominal(), ["2025-08-20", "2025-09-03"])
        self.assertEqual(nominal(position=before), ["2025-09-01", "2025-09-15"])
        self.assertEqual([item["id"] for item in self.get_case(case)["reports"]], [first["id"]])


class SecrecyTest(minne.Case):
    """A personal number finds its case and shows nowhere else."""

    def test_a_number_is_found_and_never_shown(self):
        numbers = [person_number(5000 + i) for i in range(20)] + ["19811218-9876", "701063-2391", "RES-000123"]
        cases, seen = {}, []
        say = lambda reply: seen.append(reply.body.decode() + str(reply.headers)) or reply
        for number in numbers:
            case = new_id()
            say(self.post_to(case, case_opened(number=number)))
            cases[number] = case
        for number, case in cases.items():
            forms = {number, number.lower(), f" {number}"}
            if number.isdigit():
                forms |= {number[2:], number[:8] + "-" + number[8:], number[2:8] + "-" + number[8:]}
            for form in forms:
                self.assertEqual(say(self.client.post(self.path("/subjects/find"), {"number": form})).json["case"], case, form)
            say(self.post_to(new_id(), case_opened(number=number)))
            if not number.startswith("RES"):   # what a reserve id looks like is the board's own affair
                say(self.post_to(new_id(), case_opened(ref=number)))
            say(self.post_to(new_id(), case_opened(born="x" + number)))
            say(self.client.post(self.path("/subjects/find"), {"number": number + "1"}))
            say(self.client.post(self.path("/subjects/find"), {"number": number, number: 1}))
            say(self.client.get(self.path("/cases"), ref=number))
            say(self.client.get(self.path("/cases/" + urllib.parse.quote(number))))
            say(self.client.get(self.path("/deadlines"), unit=number, cursor=number))
            say(self.client.get(self.path("/deadlines"), today=number))
            for part in ("", "/reports", "/obligations"):
                say(self.client.get(self.path(f"/cases/{case}{part}")))
            sealed = self.client.get(self.path(f"/cases/{case}/events")).json["items"]
            stored = sealed[0].pop("sealed")["person_number"]
            self.assertEqual(stored[-4:], number[-4:])
            seen.append(str(sealed))
        everything = "".join(seen) + self.server.log
        for number in numbers:
            for form in {number, number.replace("-", ""), number[2:], number[2:8] + number[-4:]}:
                at = everything.find(form)
                self.assertEqual(at, -1, everything[max(0, at - 300):at + 100])


class StoryTest(minne.Case):
    """A child's story, as the next caseworker must see it."""

    def states(self, today=None, **when):
        items = [item for item in self.obligations(self.case, today=today, **when) if item["rule"] != "INFORM_PARTIES"]
        return [(item["rule"], item["state"], item["nominal"], item["adjusted"], item["met_on"]) for item in items]

    def test_two_reports_an_investigation_and_its_end(self):
        first, second, third, investigation = (new_id() for _ in range(4))
        self.case = new_id()
        self.append(self.case, case_opened("2025-09-01T09:00:00+02:00", ref="barn-1", born="2015-09-02"), assigned("w-intake", occurred_at="2025-09-01"),
                    report("2025-09-01T10:00:00+02:00", id=first))
        items = self.obligations(self.case, today="2025-09-01")
        self.assertEqual([(item["law"], item["section"], item["days_left"], item["overdue"], item["worker"]) for item in items],
                         [("SoL 2025:400", "20:1", 0, False, "w-intake"), ("SoL 2025:400", "20:2", 14, False, "w-intake")])
        self.assertEqual([item["overdue"] for item in self.obligations(self.case, today="2025-09-02")], [True, False])

        # Assessed a day late, not opened on the eleventh day.
        self.append(self.case, event("ProtectionAssessmentMade", "2025-09-02", {"needs_protection": False}, matter=first),
                    event("InvestigationNotOpened", "2025-09-12", {"report_ids": [first], "reason_code": "no_need", "decider": "w-boss"},
                          sealed={"reason_text": "skolan följer upp"}))
        done = [("PROT_ASSESS", "met_late", "2025-09-01", "2025-09-01", "2025-09-02"),
                ("PRELIM_14D", "met", "2025-09-15", "2025-09-15", "2025-09-12")]
        self.assertEqual(self.states(), done)
        self.assertFalse(self.obligations(self.case)[0]["within_adjusted"])

        # A second report late on a Friday: assessed the next day, a Saturday, which no rule moves.
        self.append(self.case, report("2025-10-03T17:30:00+02:00", id=second),
                    event("ProtectionAssessmentMade", "2025-10-04T08:00:00+02:00", {"needs_protection": True}, matter=second))
        self.assertEqual(self.states()[2:], [("PROT_ASSESS", "met", "2025-10-04", "2025-10-04", "2025-10-04"),
                                             ("PRELIM_14D", "open", "2025-10-17", "2025-10-17", None)])
        opening = event("InvestigationOpened", "2025-10-31", {"report_ids": [second], "law": "SoL", "purpose": "school", "decider": "w-boss"}, id=investigation)
        problem = self.refused(422, self.post_to(self.case, opening))
        self.assertEqual(problem["invariant"], "history-reviewed-first")
        self.append(self.case, event("PriorHistoryReviewed", "2025-10-30", {"shown_report_ids": [first], "position": self.position()}, matter=second),
                    opening, assigned("w-investigator", investigation, "2025-10-31"))
        self.assertEqual(self.states()[3:], [("PRELIM_14D", "met_late", "2025-10-17", "2025-10-17", "2025-10-31"),
                                             ("INV_4M", "open", "2026-02-28", "2026-03-02", None)])
        self.assertEqual(self.obligations(self.case)[-1]["worker"], "w-investigator")

        # A third report comes while the investigation is open: it joins.
        self.append(self.case, report("2025-11-10T23:30:00+01:00", id=third))
        self.assertTrue(self.get_case(self.case)["reports"][2]["not_joined"])
        self.append(self.case, event("ProtectionAssessmentMade", "2025-11-11", {"needs_protection": False}, matter=third),
                    event("ReportJoinedInvestigation", "2025-11-11", {"investigation_id": investigation}, matter=third, actor={"id": "w-investigator"}))
        self.assertEqual([item for item in self.states() if item[2] >= "2025-11-01"],
                         [("PROT_ASSESS", "met", "2025-11-11", "2025-11-11", "2025-11-11"), ("INV_4M", "open", "2026-02-28", "2026-03-02", None)])

        # Extended in time, concluded after all.
        extended = event("InvestigationExtended", "2026-02-20", {"new_end": "2026-04-30", "reason": "abroad", "decider": "w-boss"}, matter=investigation)
        self.append(self.case, extended)
        self.assertEqual([item for item in self.states() if item[0] == "INV_4M"],
                         [("INV_4M", "extended", "2026-02-28", "2026-03-02", None), ("INV_4M", "open", "2026-04-30", "2026-04-30", None)])
        old, new = [item for item in self.obligations(self.case) if item["rule"] == "INV_4M"]
        self.assertEqual((old["extended_late"], new["extends"]), (False, old["id"]))
        self.append(self.case, event("InvestigationConcluded", "2026-05-04", {"outcome": "none_needed", "decider": "w-boss"}, matter=investigation))
        self.assertEqual(self.states()[-1], ("INV_4M", "met_late", "2026-04-30", "2026-04-30", "2026-05-04"))

        history = self.client.get(self.path(f"/cases/{self.case}/reports")).json
        self.assertEqual((history["total"], history["incidents"], history["led_to_investigation"]), (3, 3, 2))
        shown = [(item["id"], item["received"], item["age"], item["decision"], item["decided"], item["days_to_decision"], item["investigation"],
                  tuple(item["counts"].values())) for item in history["reports"]]
        self.assertEqual(shown, [(first, "2025-09-01", 9, "not_opened", "2025-09-12", 11, None, (1, 1, 1)),
                                 (second, "2025-10-03", 10, "opened", "2025-10-31", 28, investigation, (1, 2, 2)),
                                 (third, "2025-11-10", 10, "joined", "2025-11-11", 1, investigation, (1, 3, 3))])
        self.assertEqual([item["protection"]["days"] for item in history["reports"]], [1, 1, 1])
        self.assertIsNotNone(history["reports"][1]["history_reviewed_at"])

        # What could have been known on some day.
        self.assertEqual(self.states(as_of="2025-09-10"), [("PROT_ASSESS", "met_late", "2025-09-01", "2025-09-01", "2025-09-02"),
                                                           ("PRELIM_14D", "open", "2025-09-15", "2025-09-15", None)])
        then = self.get_case(self.case, as_of="2025-10-31")
        self.assertEqual([item["kind"] for item in then["matters"]], ["investigation"])
        self.assertEqual([item["decision"] for item in then["reports"]], ["not_opened", "opened"])
        self.assertEqual(self.get_case(self.case)["matters"], [])

        # And in the lists across cases.
        repeats = self.client.get(self.path("/repeats"), min=3, within=365, today="2025-11-10").json
        self.assertEqual([(item["case"], item["ref"], item["reports"], item["led_to_investigation"], item["first"], item["last"]) for item in repeats["items"]],
                         [(self.case, "barn-1", 3, 2, "2025-09-01", "2025-11-10")])
        self.assertEqual(self.client.get(self.path("/repeats"), min=1, today="2025-11-10", not_opened="true").json["items"], [])
        self.assertEqual(self.client.get(self.path("/repeats"), min=3, within=70, today="2025-11-10").json["items"], [])
        self.assertEqual(len(self.client.get(self.path("/repeats"), min=3, within=71, today="2025-11-10").json["items"]), 1)
        totals = {state: self.client.get(self.path("/deadlines"), state=state).json["total"] for state in ("open", "met", "met_late", "extended", "cancelled")}
        # Open: nobody told the parties that an investigation had begun (INFORM_PARTIES).
        self.assertEqual(totals, {"open": 1, "met": 3, "met_late": 3, "extended": 1, "cancelled": 0})


class LimitsTest(unittest.TestCase):
    """What a server does when there is too much of something."""

    def test_past_its_connections_a_server_says_503_and_recovers(self):
        with minne.temporary() as directory, minne.Server(directory / "data", files=4096) as server:
            held = []
            try:
                if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1200:
                    self.skipTest("this process may not open 1,100 connections")
                for _ in range(1024):
                    held.append(socket.create_connection(("127.0.0.1", server.port)))
                client = minne.Client(server.port)
                reply = client.get("/healthz")
                self.assertEqual((reply.status, reply.headers["Retry-After"]), (503, "1"))
                client.close()
            finally:
                for one in held:
                    one.close()
            for _ in range(200):
                client = server.client()
                status = client.get("/healthz").status
                client.close()
                if status == 200:
                    return
                time.sleep(0.01)
            self.fail("the server does not recover")

    def test_a_request_that_comes_too_slowly_is_408(self):
        with minne.temporary() as directory, minne.Server(directory / "data") as server:
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as slow:
                slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
                self.assertIn(b" 408 ", slow.recv(1000).split(b"\r\n")[0])


if __name__ == "__main__":
    minne.main()
