"""The verbs, answered by runtime. Importing this module imports TensorFlow."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

from engine.analysis.encoding import encode_analysis, encode_diagnostic
from engine.analysis.foreseen import encode_foreseen
from engine.analysis.leaks import encode_leaks
from engine.analysis.values import Analysis
from engine.catalog.snapshot import encode as encode_catalog
from engine.catalog.snapshot import load_snapshot
from engine.document.edit_encoding import decode_edit
from engine.document.file import DocumentError, decode_document
from engine.document.values import Document
from engine.graph.values import Json, JsonObject, PortRef
from engine.importing.values import PasteError
from engine.protocol.comparison import encode_comparison
from engine.protocol.looks import encode_padded_look, encode_sample_look
from engine.protocol.messages import READS, Request
from engine.protocol.readings import (
    Place,
    encode_influence,
    encode_reading,
)
from engine.protocol.result_encoding import encode_previews, encode_run, encode_trace, encode_values
from engine.protocol.terms import encode_terms
from engine.protocol.traced import Stretch
from engine.protocol.work import Work
from engine.remembered.key import analysis_key
from engine.remembered.store import Store
from engine.runtime.analyse import Analyst
from engine.runtime.apart import apart_of
from engine.runtime.compare.comparer import Asked, Comparer
from engine.runtime.devices import device_names
from engine.runtime.environment import keras, tensorflow
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.explain.arguments import HANGS
from engine.runtime.export import ExportError, ExportOptions, export
from engine.runtime.graph_call import GraphCalls
from engine.runtime.influence import Differentiator
from engine.runtime.introspect import introspect, with_registered
from engine.runtime.kept import KeptRun
from engine.runtime.leaks import LeakTester
from engine.runtime.looking_back import influence_of, occlusion_of
from engine.runtime.overview import overview_of
from engine.runtime.sample import Overrides
from engine.runtime.sample_look import look_at_sample
from engine.runtime.spilled import give_back
from engine.runtime.state_space import state_space_of, unit_order_of
from engine.runtime.terms import terms_of
from engine.runtime.ways import WaysTester, is_cheap
from engine.worker.explainer import Explainer
from engine.worker.limits import limit_memory
from engine.worker.loop import Answer, UserError


class RuntimeHandler:
    """One per worker: holds what is remembered between requests."""

    def __init__(self) -> None:
        limit_memory(devices=device_names())
        catalog, calls = with_registered(load_snapshot()), GraphCalls()
        self._analyst = Analyst(catalog, calls)
        self._runner = Runner(catalog, calls, self._analyst.run_failure)
        self._differentiator = Differentiator()
        self._comparer = Comparer(
            catalog,
            lambda document, folder: self._analyst.analyse(document, probe=False, folder=folder),
            lambda: Runner(catalog, calls, self._analyst.run_failure),
        )
        self._store = Store()
        self._leak_tester = LeakTester(catalog, self._mended)
        self._ways_tester = WaysTester(catalog, self._mended)
        self._explainer = Explainer(self._analyst, self._ways_tester, catalog)
        self._verbs: dict[str, Callable[[dict[str, Any], Request, Work], Answer]] = {
            "analyse": self._analyse,
            "probe": self._probe,
            "run": self._run,
            "trace": self._trace,
            "previews": self._previews,
            "fitting": self._fitting,
            "foresee": self._foresee,
            "values": self._values,
            "statistics": self._statistics,
            "attention": self._attention,
            "influence": self._influence,
            "occlusion": self._occlusion,
            "overview": self._overview,
            "state_space": self._state_space,
            "terms": self._terms,
            "apart": self._apart,
            "unit_order": self._unit_order,
            "compare": self._compare,
            "sample": self._sample,
            "padded": self._padded,
            "leaks": self._leaks,
            "ways": self._ways,
            "glance": self._glance,
            "export": self._export,
            "explain": self._explain,
            "forget": self._forget,
            "catalog": self._catalog,
            "versions": self._versions,
        }

    def _mended(self, document: Document) -> Analysis:
        return self._analyst.analyse(document, probe=False)

    @property
    def asking(self) -> str:
        """Names the call of Keras that is being made; empty: none."""
        return self._analyst.asking

    def versions(self) -> JsonObject:
        """Versions and devices."""
        return {
            "keras": keras.__version__,
            "tensorflow": tensorflow.__version__,
            "python": platform.python_version(),
            "devices": list(device_names()),
        }

    def handle(self, request: Request, work: Work) -> Answer:
        """Answers a request by its verb."""
        verb = self._verbs.get(request.verb)
        if verb is None:
            raise UserError(f"The engine has no verb called {request.verb}.")
        body = cast("dict[str, Any]", request.body)
        if request.verb in READS:  # in another thread: nothing of the analyst's is touched
            return verb(body, request, work)
        self._analyst.refuse(frozenset(body.get("refused") or ()))
        self._analyst.inference.announce = work.asking if body.get("careful") else None
        return verb(body, request, work)

    def _analyse(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        document = _document(body)
        probe, folder = bool(body.get("probe")), _folder(body)
        analysis = self._analysis(document, folder, work, probe=probe)
        more = not probe and self._analyst.has_more(document, analysis, folder)
        encoded = encode_analysis(analysis, document.graph.blocks)
        if body.get("keep") and _lasts(analysis):
            self._store.put(analysis_key(document, folder, probe=probe), encoded)
        return {"analysis": encoded, "more": more}, {}

    def _analysis(self, document: Document, folder: Path | None, work: Work, *, probe: bool) -> Analysis:
        """What `check` says of a document; with `probe` also what only data show, and ways to run that differ."""
        analysis = self._analyst.analyse(document, probe=probe, folder=folder, cancelled=work.cancelled)
        given_up = any(problem.code == HANGS for problem in analysis.diagnostics)
        if not probe or given_up or not is_cheap(analysis):
            return analysis
        differing = self._ways_tester.test(document, analysis, folder, work)
        return replace(analysis, diagnostics=analysis.diagnostics + differing)

    def _probe(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        document, folder = _document(body), _folder(body)
        analysis = self._analyst.analyse(document, probe=True, folder=folder, cancelled=work.cancelled)
        encoded = encode_analysis(analysis, document.graph.blocks)
        if body.get("keep") and _lasts(analysis):  # in the place of the first answer, which said less
            self._store.put(analysis_key(document, folder, probe=False), encoded)
        return {"analysis": encoded}, {}

    def _run(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        document, options = _document(body), RunOptions.from_body(body)
        # A probe run is of the document's own sample: it says nothing of one that the request has changed.
        probe = bool(body.get("analysis")) and replace(options.overrides, seed=None) == Overrides()
        analysis = self._analysis(document, _folder(body), work, probe=probe)
        self._comparer.make_room()
        result = self._runner.run(document, options, analysis, revision=request.revision, work=work)
        if body.get("traces") and result.ok:
            try:
                self._runner.write_traces(Path(body["traces"]), work=work)
            except OSError as error:
                raise UserError(f"{body['traces']} cannot be written ({error.strerror or error}).") from None
        encoded, arrays = encode_run(result)
        answer: dict[str, Json] = {"run": encoded}
        if body.get("analysis"):
            answer["analysis"] = encode_analysis(analysis, document.graph.blocks)
        return answer, arrays

    def _trace(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        kept, key, sequence, stretch = self._kept(body), body["block"], body["sequence"], Stretch.from_body(body)
        if "most" in body:
            trace = kept.looked_at(key, sequence, stretch.units or (), int(body["most"]))
        else:
            trace = kept.trace(key, sequence, stretch, gates=bool(body.get("gates", True)))
        if trace is None:
            raise UserError("The states of that run are no longer kept: run the model again.")
        encoded, arrays = encode_trace(trace)
        return {"trace": encoded}, arrays

    def _previews(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        keys, arrays = encode_previews(self._runner.previews(body["run"], body["sequence"]))
        return {"run": body["run"], "sequence": body["sequence"], "previews": keys}, arrays

    def _fitting(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        fits = self._analyst.fitting(body["shape"], body["dtype"], body["layers"], work)
        return {"shape": body["shape"], "fits": cast("JsonObject", fits)}, {}

    def _foresee(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        edits = [decode_edit(edit) for edit in body["edits"]]
        found = self._analyst.foresee(_document(body), edits, work)
        return {"foreseen": [encode_foreseen(one) for one in found]}, {}

    def _values(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        values = self._runner.values(body["run"], PortRef(body["block"], body["port"]), body["sequence"])
        if values is None:
            raise UserError("The values of that run are no longer kept: run the model again.")
        encoded, arrays = encode_values(values)
        return {"values": encoded}, arrays

    def _statistics(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        first, last = int(body["first"]), int(body["last"])
        port = PortRef(body["block"], body["port"])
        return asdict(self._kept(body).span_statistics(port, body["sequence"], first, last)), {}

    def _attention(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        return encode_reading(self._kept(body).attention(body["block"], body["sequence"]))

    def _influence(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        return encode_influence(influence_of(self._kept(body), Place.from_body(body), self._differentiator))

    def _occlusion(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        return encode_reading(occlusion_of(self._kept(body), Place.from_body(body), body["input"], work))

    def _overview(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        stretch = Stretch.from_body(body)
        return encode_reading(overview_of(self._kept(body), body["key"], body["signal"], body["sequence"], stretch))

    def _state_space(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        colour = (str(body["colour"][0]), int(body["colour"][1])) if body.get("colour") else None
        return encode_reading(state_space_of(self._kept(body), body["key"], body["signal"], colour))

    def _apart(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        labels = (str(body["labels"][0]), str(body["labels"][1])) if body.get("labels") else None
        return encode_reading(apart_of(self._kept(body), body["key"], body["signal"], labels))

    def _unit_order(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        return encode_reading(unit_order_of(self._kept(body), body["key"], body["signal"], body["rule"]))

    def _compare(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        asked = Asked.from_body(body, _document(body), _folder(body))
        return encode_comparison(self._comparer.compare(self._kept(body), asked, work))

    def _terms(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        place = (int(body[name]) for name in ("sequence", "step", "unit"))
        return encode_terms(terms_of(self._kept(body), str(body["key"]), *place))

    def _kept(self, body: dict[str, Any]) -> KeptRun:
        kept = self._runner.kept(body["run"])
        if kept is None:
            raise UserError("That run is no longer kept: run the model again.")
        return kept

    def _leaks(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        document, folder = _document(body), _folder(body)
        analysis = self._analyst.analyse(document, probe=False, folder=folder, cancelled=work.cancelled)
        return {"leaks": encode_leaks(self._leak_tester.test(document, analysis, folder, work))}, {}

    def _sample(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        encoded, arrays = encode_sample_look(
            look_at_sample(_document(body), _folder(body), body["block"], body["sequence"])
        )
        return {"sample": encoded}, arrays

    def _padded(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        look = self._runner.padded(body["run"], body["block"])
        if look is None:
            raise UserError("That run is no longer kept: run the model again.")
        return {"padded": encode_padded_look(look)}, {}

    def _ways(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        document, folder = _document(body), _folder(body)
        analysis = self._analyst.analyse(document, probe=False, folder=folder, cancelled=work.cancelled)
        tested = bool(body.get("always")) or is_cheap(analysis)
        found = self._ways_tester.test(document, analysis, folder, work) if tested else ()
        return {"tested": tested, "diagnostics": [encode_diagnostic(one) for one in found]}, {}

    def _glance(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        """A document beside the open one: the kept run stays as it is."""
        document = _document(body)
        analysis = self._analyst.analyse(document, probe=False, folder=_folder(body), cancelled=work.cancelled)
        runner = Runner()
        result = runner.run(document, RunOptions.from_body(body), analysis, revision=request.revision, work=work)
        (encoded, arrays), (keys, images) = encode_run(result), encode_previews(runner.previews(result.number, 0))
        known = encode_analysis(analysis, document.graph.blocks)
        return {"name": body["name"], "analysis": known, "run": encoded, "previews": keys}, {**arrays, **images}

    def _export(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        document, path = _document(body), Path(body["path"])
        options = ExportOptions(body["to"], body.get("style", "auto"), bool(body.get("verify", True)), _folder(body))
        analysis = self._analyst.analyse(document, probe=False, folder=options.folder, cancelled=work.cancelled)
        try:
            report = export(document, path, analysis, options, work)
        except ExportError as error:
            raise UserError(str(error)) from None
        if not report["ok"] or not options.verify:
            return report, {}
        work.progress(None, "comparing Keras's ways to run the model")
        differing = [found.title for found in self._ways_tester.test(document, analysis, options.folder, work)]
        warned = "".join(f" Mind: {title}." for title in differing)
        return {**report, "message": f"{report['message']}{warned}"}, {}

    def _explain(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        try:
            return self._explainer.explain(str(body["text"]), work), {}
        except PasteError as error:
            return {"ok": False, "error": str(error)}, {}

    def _forget(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        """The document was closed: its run is freed, in memory and on the disk."""
        self._runner.forget()
        self._comparer.forget()
        self._differentiator = Differentiator()
        give_back()
        return {}, {}

    def _catalog(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        return {"catalog": encode_catalog(introspect())}, {}

    def _versions(self, body: dict[str, Any], request: Request, work: Work) -> Answer:
        return self.versions(), {}


def _lasts(analysis: Analysis) -> bool:
    """Another start would find the same: nothing is unchecked, and nothing was given up."""
    return not any(problem.checking or problem.code == HANGS for problem in analysis.diagnostics)


def _document(body: dict[str, Any]) -> Document:
    try:
        return decode_document(body["document"])
    except DocumentError as error:
        raise UserError(f"The document: {error}") from None


def _folder(body: dict[str, Any]) -> Path | None:
    return Path(body["folder"]) if body.get("folder") else None
