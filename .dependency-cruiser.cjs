// The house, as rules: which room may import which. Run by scripts/house.mjs on emitted JavaScript.
const rooms = ['access', 'cilium', 'cluster', 'commands', 'connect', 'demo', 'diagnosis', 'evidence', 'live', 'output', 'proof', 'repair', 'session', 'tui'];

/** A room may import itself, the named rooms, and the top-level files that carry no logic of a room. */
const mayImport = (room, allowed, comment) => ({
	name: `${room}-imports`,
	comment,
	severity: 'error',
	from: {path: `^source/${room}/`},
	to: {path: `^source/(${rooms.filter(other => other !== room && !allowed.includes(other)).join('|')})/`},
});

const never = (name, from, to, comment) => ({name, comment, severity: 'error', from: {path: from}, to: {path: to}});

module.exports = {
	forbidden: [
		{name: 'no-circles', severity: 'error', from: {}, to: {circular: true}},
		mayImport('cilium', [], 'what is known of Cilium depends on nothing'),
		mayImport('cluster', [], 'speaks to the API server and knows no finding'),
		mayImport('connect', [], 'tries connections; knows neither nodes nor hostPorts'),
		mayImport('access', ['cluster'], 'reaches a node, does not parse what comes back'),
		mayImport('evidence', ['access', 'cluster', 'cilium', 'connect'], 'asks, parses, holds; does not judge'),
		mayImport('diagnosis', ['cilium'], 'pure: evidence in, findings out'),
		mayImport('repair', ['cilium', 'diagnosis', 'cluster', 'access', 'proof', 'connect'], 'steps; only the runner acts'),
		mayImport('proof', ['cluster', 'access', 'cilium', 'connect', 'diagnosis'], 'connects and reads rules'),
		mayImport('session', ['access', 'cilium', 'cluster', 'connect', 'diagnosis', 'evidence', 'proof', 'repair'], 'the engine; knows no face of it'),
		mayImport('live', ['access', 'cilium', 'cluster', 'connect', 'diagnosis', 'evidence', 'output', 'proof', 'repair', 'session', 'tui'], 'the terminal UI over a session; knows no flag'),
		mayImport('tui', ['diagnosis', 'output', 'cilium'], 'shows values, sends intents'),
		mayImport('output', ['diagnosis', 'cilium'], 'shows values'),
		never('pure-diagnosis', '^source/(diagnosis|cilium)/', '^(node:)?(fs|child_process|net|http|https|timers|os|crypto)', 'no I/O in the pure rooms'),
		never('client-library', '^source/(?!cluster/)', '^(@kubernetes/client-node|undici)|node_modules/(@kubernetes/client-node|undici)/', 'only cluster/ speaks to the API server'),
		never('ssh-library', '^source/(?!access/)', 'node_modules/ssh2/|^ssh2', 'only access/ speaks SSH'),
		never('react', '^source/(?!tui/)', 'node_modules/(ink|react)/', 'only tui/ draws'),
		never('light-cli', '^source/(kubectl-hostport|cli|flags|short-flags|near-names|node-name|checked-value|flag-rows|wrapped|help|interruption)\\.', '^source/(?!commands/(index|command)\\.|clock|errors|foreign-text|version|cli|flags|short-flags|near-names|node-name|checked-value|flag-rows|wrapped|help|interruption)', 'starting loads nothing heavy'),
		never('demo-is-apart', '^source/(?!demo/|commands/demo)', '^source/demo/', 'the demo serves commands/demo and tests only'),
	],
	options: {
		doNotFollow: {path: 'node_modules'},
		exclude: {path: '^(test|scripts|bench)/'},
		// The emitted tree lies in a temporary folder without node_modules: package imports are judged by their name.
		skipAnalysisNotInRules: true,
	},
};
