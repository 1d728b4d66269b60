// What `brig trace --json` tells of a journal, as the bars and points that viewers should show.
'use strict';

const CALL = ['request', 'reply', 'error'];

function expected(document) {
	const bars = [], points = [], children = new Map(), open = new Map();
	let last = 0;

	const bar = (child, name, from, to) => bars.push({ child, name, from, length: to - from });
	const close = (child, to) => {
		for (const [key, asked] of open) {
			if (asked.child !== child)
				continue;
			bar(child, `${asked.method}: no answer`, asked.time_us, to);
			open.delete(key);
		}
	};
	const key = (record, from) => `${record.child} ${from} ${record.id}`;
	const end = (child, how, to) => {
		const { role, from } = children.get(child);
		close(child, to);
		bar(child, `${role} ${child}: ${how}`, from, to);
		children.get(child).ended = true;
	};

	for (const record of document.records) {
		const { child, role, kind, time_us: now } = record;
		last = now;
		if (kind === 'begins') {
			children.set(child, { role, from: now, ended: false });
		} else if (kind === 'ends') {
			end(child, record.ended, now);
		} else if (kind === 'request') {
			open.set(key(record, record.from), record);
		} else if (CALL.includes(kind) && record.took_us !== undefined) {
			open.delete(key(record, record.from === 'child' ? 'broker' : 'child'));
			bar(child, record.method + (kind === 'error' ? ': error' : ''), now - record.took_us, now);
		} else {
			points.push({ child, from: now });
		}
	}
	for (const [child, { ended }] of children)
		if (!ended)
			end(child, 'not ended', last);
	const names = [...children].map(([child, { role }]) => `${role} ${child}`);
	return { names, bars, points };
}

// In an order of their own, since viewers have theirs.
function lines(bars) {
	return bars.map(b => `${b.child} ${b.from} ${b.length} ${b.name}`).sort();
}

module.exports = { expected, lines };
