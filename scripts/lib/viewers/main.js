// main.js VIEWER FOLDER NAME - opens FOLDER/NAME.json, and compares with FOLDER/NAME.told.json.
'use strict';
const fs = require('fs');
const path = require('path');
const { expected, lines } = require('./told.js');
const { open } = require('./importer.js');
const viewers = { importer: open, ...require('./pages.js') };

function compare(problems, what, wanted, got) {
	for (const w of wanted)
		if (!got.includes(w))
			problems.push(`${what} missing: ${w}`);
	for (const g of got)
		if (!wanted.includes(g))
			problems.push(`${what} that isn't told: ${g}`);
	if (wanted.length !== got.length)
		problems.push(`${what}: ${got.length}, not ${wanted.length}`);
}

async function main(viewer, folder, name) {
	const file = path.join(folder, `${name}.json`);
	const told = expected(JSON.parse(fs.readFileSync(path.join(folder, `${name}.told.json`), 'utf8')));
	const bars = JSON.parse(fs.readFileSync(file, 'utf8')).traceEvents.filter(e => e.ph === 'X');
	const tracks = [...new Set(bars.map(e => `${e.pid} ${e.tid}`))].map(t => t.split(' ')[1]).map(t => t > 1 ? `calls ${t}` : 'calls');
	const seen = await viewers[viewer]({ modules: path.join(folder, 'node_modules'), file,
		picture: path.join(folder, `${viewer}-${name}.png`) });
	const { problems } = seen;

	compare(problems, 'child', told.names, [...new Set(seen.names)]);
	compare(problems, 'track', tracks, seen.tracks);
	if (seen.ordered && seen.names.join() !== told.names.join())
		problems.push(`in another order: ${seen.names.join()}`);
	if (seen.bars)
		compare(problems, 'bar', lines(told.bars), lines(seen.bars));
	if (seen.points !== undefined && seen.points !== told.points.length)
		problems.push(`${seen.points} points, not ${told.points.length}`);
	if (told.bars.length < 4)
		problems.push('the journal has hardly a bar');
	console.log(problems.slice(0, 20).join('\n') || `seen: ${[...new Set(seen.names)].join(', ')}; ${seen.tracks.length} tracks` +
		(seen.bars ? `, ${seen.bars.length} bars` : '') + (seen.points ? `, ${seen.points} points` : ''));
	return problems.length ? 1 : 0;
}

setTimeout(() => {
	console.error('it is still at it after two minutes');
	process.exit(1);
}, 120000);
main(...process.argv.slice(2)).then(status => process.exit(status), error => {
	console.error(error);
	process.exit(1);
});
