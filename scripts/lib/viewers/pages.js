// Viewers that are pages, in Debian's Chromium: the files they need, and what they made of a trace.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');

const PATIENCE = 60000;

// Their own pages, from here: nothing is fetched from elsewhere.
function serve(find) {
	const server = http.createServer((request, response) => {
		const found = find(new URL(request.url, 'http://localhost').pathname);

		if (found === null)
			return response.writeHead(404).end();
		const type = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };
		response.writeHead(200, { 'content-type': type[found.type] ?? 'application/octet-stream' }).end(found.body);
	});
	return new Promise(done => server.listen(0, '127.0.0.1', () => done(server)));
}

function below(folder, name) {
	const file = path.join(folder, name);

	return fs.existsSync(file) && fs.statSync(file).isFile() ? { type: path.extname(file), body: fs.readFileSync(file) } : null;
}

async function browse(modules, args) {
	const { chromium } = require(path.join(modules, 'playwright-core'));
	const root = process.getuid() === 0 ? ['--no-sandbox'] : [];

	return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...root, ...args] });
}

// chrome://tracing was written for web components as they were in 2016; its package has what stands in for
// them, which knows nothing of an observer that is asked for a node of theirs.
const OBSERVE = `<script>(() => {
	const observe = MutationObserver.prototype.observe;
	MutationObserver.prototype.observe = function (node, options) {
		return observe.call(this, window.ShadowDOMPolyfill ? ShadowDOMPolyfill.unwrapIfNeeded(node) : node, options);
	};
})();</script>`;

const TRACING = `<style>html, body { box-sizing: border-box; overflow: hidden; margin: 0; padding: 0; height: 100%; }
#trace-viewer { width: 100%; height: 100%; }</style>
<script>document.addEventListener('DOMContentLoaded', async () => {
	const viewer = document.createElement('tr-ui-timeline-view');
	const container = document.createElement('track-view-container');
	container.id = 'track_view_container';
	viewer.track_view_container = container;
	viewer.appendChild(container);
	viewer.id = 'trace-viewer';
	viewer.globalMode = true;
	document.body.appendChild(viewer);
	const model = new tr.Model();
	await new tr.importer.Import(model).importTracesWithProgressDialog([await (await fetch('/trace.json')).text()]);
	window.seen = model;
	viewer.model = model;
});</script>`;

async function tracing({ modules, file, picture }) {
	const bin = path.join(modules, 'traceviewer/tracing/bin');
	const old = path.join(modules, 'traceviewer/tracing/third_party/components/webcomponentsjs');
	const page = fs.readFileSync(path.join(bin, 'trace_viewer_full.html'), 'utf8').replace(/<head[^>]*>/,
		head => `${head}${OBSERVE}<script src="/old/webcomponents.js"></script>${TRACING}`);
	const server = await serve(name => name === '/' ? { type: '.html', body: page } :
		name === '/trace.json' ? below(file, '') : name.startsWith('/old/') ? below(old, name.slice(5)) : null);
	const browser = await browse(modules, []);
	const tab = await browser.newPage({ viewport: { width: 1400, height: 700 } });

	await tab.goto(`http://127.0.0.1:${server.address().port}/`);
	await tab.waitForFunction(() => window.seen && document.querySelector('tr-ui-timeline-view'), null, { timeout: PATIENCE });
	await tab.getByText('(pid 1)').first().waitFor({ timeout: PATIENCE });
	const seen = await tab.evaluate(() => ({
		problems: window.seen.importWarnings.map(w => w.message),
		ordered: true,
		// As they stand there, from top to bottom.
		names: [...document.body.innerText.matchAll(/^\W*(\S+ \d+) \(pid \d+\)/gm)].map(m => m[1]),
		tracks: [...document.body.innerText.matchAll(/^\W*(calls( \d+)?)$/gm)].map(m => m[1]),
	}));
	await tab.screenshot({ path: picture });
	await browser.close();
	server.close();
	return seen;
}

// Chromium's own panel, which took the place of chrome://tracing.
async function performance({ modules, file, picture }) {
	const port = 9300 + process.pid % 600;
	const browser = await browse(modules, [`--remote-debugging-port=${port}`, '--remote-allow-origins=*']);
	const tab = await browser.newPage({ viewport: { width: 1400, height: 700 } });

	await tab.goto(`http://127.0.0.1:${port}/devtools/devtools_app.html`);
	await tab.getByRole('tab', { name: 'Performance' }).first().click({ timeout: PATIENCE });
	await tab.locator('input[type=file]').first().setInputFiles(file, { timeout: PATIENCE });
	const seen = await tab.evaluate(`import('./panels/timeline/timeline.js').then(async module => {
		const seen = { problems: [], names: [], tracks: [], bars: [] };
		let trace;

		while (!(trace = module.TimelinePanel.TimelinePanel.instance().model.parsedTrace(0)))
			await new Promise(done => setTimeout(done, 20));
		for (const [child, { threads }] of trace.data.Renderer.processes) {
			seen.names.push(trace.data.Meta.processNames.get(child).args.name);
			for (const thread of threads.values()) {
				seen.tracks.push(thread.name);
				for (const entry of thread.entries)
					seen.bars.push({ child, name: entry.name, from: entry.ts, length: entry.dur });
			}
		}
		return seen;
	})`);
	// A dialog of its own lies over it at first; the heads of rows, on a canvas, unfold
	// them: the first child's, and its first track's.
	await tab.getByRole('button', { name: /close/i }).last().click({ timeout: 2000 }).catch(() => {});
	for (const y of [130, 147]) {
		await tab.waitForTimeout(500);
		await tab.mouse.move(290, y);
		await tab.waitForTimeout(500);
		await tab.mouse.click(290, y);
	}
	await tab.waitForTimeout(1500);
	await tab.screenshot({ path: picture });
	await browser.close();
	return seen;
}

// Of one of its profiles, which is a track, its bars; its clock begins with the first one.
function barsOf(profile, frames, began) {
	const [, child, track] = profile.name.match(/\(pid (\d+).*tid (\d+)\)$/).map(Number);
	const first = began(child, track), open = [], bars = [];

	for (const { type, frame, at } of profile.events) {
		if (type === 'O') {
			open.push({ child, name: frames[frame].name.replace(/ \{.*/, ''), from: first + at });
		} else {
			const bar = open.pop();
			bars.push({ ...bar, length: first + at - bar.from });
		}
	}
	return bars;
}

// It shows a track at a time; what it made of all of them is in the file that it exports.
async function speedscope({ modules, file, picture }) {
	const release = path.join(modules, 'speedscope/dist/release');
	const server = await serve(name => name === '/trace.json' ? below(file, '') : below(release, name.slice(1)));
	const browser = await browse(modules, []);
	const tab = await browser.newPage({ viewport: { width: 1400, height: 700 } });
	const events = JSON.parse(fs.readFileSync(file, 'utf8')).traceEvents;
	const began = (child, track) => Math.min(...events.filter(e => e.ph === 'X' && e.pid === child && e.tid === track).map(e => e.ts));

	await tab.goto(`http://127.0.0.1:${server.address().port}/index.html#profileURL=/trace.json`);
	await tab.getByText('(pid ').first().waitFor({ timeout: PATIENCE });
	await tab.screenshot({ path: picture });
	const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByText('Export').click()]);
	const { profiles, shared } = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
	await browser.close();
	server.close();
	const title = profiles.map(profile => profile.name.match(/^(.*) \(pid \d+\), (.*) \(tid \d+\)$/) ?? []);
	return { problems: [], names: title.map(t => t[1]), tracks: title.map(t => t[2]),
		bars: profiles.flatMap(profile => barsOf(profile, shared.frames, began)) };
}

module.exports = { tracing, performance, speedscope };
