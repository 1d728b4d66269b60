// The importer of chrome://tracing, from npm's traceviewer, without a page.
'use strict';
const fs = require('fs');
const path = require('path');

// Its index.js wants Python 2 to know these.
const FOLDERS = ['', 'third_party', 'third_party/jszip', 'third_party/gl-matrix/dist', 'third_party/d3',
	'third_party/chai', 'third_party/mocha'];
const PAGES = ['importer/import', 'model/model', 'extras/full_config'];

function load(modules) {
	const viewer = path.join(modules, 'traceviewer');

	require(path.join(viewer, 'catapult_build/node_bootstrap.js'));
	global.HTMLImportsLoader.addArrayToSourcePath(FOLDERS.map(f => path.join(viewer, 'tracing', f)));
	for (const page of PAGES)
		global.HTMLImportsLoader.loadHTML(`/tracing/${page}.html`);
	return global.tr;
}

// What lies in what: of each bar and point how deep it is.
function depth(slice) {
	return slice.parentSlice ? 1 + depth(slice.parentSlice) : 0;
}

function open({ modules, file }) {
	const tr = load(modules);
	const model = new tr.Model();
	const seen = { names: [], tracks: [], bars: [], points: 0, problems: [], ordered: true };

	new tr.importer.Import(model, new tr.importer.ImportOptions()).importTraces([fs.readFileSync(file, 'utf8')]);
	seen.problems.push(...model.importWarnings.map(w => `${w.type}: ${w.message}`));
	const began = Math.min(...JSON.parse(fs.readFileSync(file, 'utf8')).traceEvents.filter(e => e.ph !== 'M').map(e => e.ts));
	for (const process of model.getAllProcesses().sort((x, y) => x.compareTo(y))) {
		seen.names.push(process.name);
		for (const thread of Object.values(process.threads)) {
			seen.tracks.push(thread.name);
			for (const slice of thread.sliceGroup.slices) {
				const life = slice.args.kind === undefined, call = ['reply', 'error', 'request'].includes(slice.args.kind);
				const within = life || thread.tid > 1 ? 0 : 1;

				if (!life && !call) {
					seen.points++;
					continue;
				}
				if (depth(slice) !== within)
					seen.problems.push(`${slice.title} at ${slice.start} ms is ${depth(slice)} deep, not ${within}`);
				seen.bars.push({ child: process.pid, name: slice.title, from: began + Math.round(slice.start * 1000),
					length: Math.round(slice.duration * 1000) });
			}
		}
	}
	return seen;
}

module.exports = { open };
