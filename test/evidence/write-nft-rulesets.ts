/**
 * Writes recorded/nft-rulesets.json: for each ruleset below what a real nft answers to `nft -j list ruleset`, and what a client hears of
 * a port that is translated as portmap does it while the ruleset is loaded. Run it after a change of the table, as root on Linux with
 * nft: node test/evidence/write-nft-rulesets.ts
 */
import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {setTimeout} from 'node:timers/promises';

const base = (hook: string, rules: string, {priority = '-150', policy = 'accept', family = 'inet', more = ''} = {}): string =>
	`table ${family} guard {\n${more}\nchain ${hook} {\ntype filter hook ${hook} priority ${priority}; policy ${policy};\n${rules}\n}\n}\n`;
const raw = (hook: string, rules: string): string => base(hook, rules, {priority: '-300'});
const closed = (rules: string): string => base('forward', rules, {priority: '0', policy: 'drop'});
const answers = 'ct state established,related accept\n';

const nat = (rule: string, priority = '-110'): string =>
	`table ip other {\nchain pre {\ntype nat hook prerouting priority ${priority};\n${rule}\n}\n}\n`;

/** portmap's own backend with conditions before its jumps (portmap_nftables.go). */
const portmap = (conditions: string): string =>
	`table ip cni_hostport {\nchain hostports {\ntcp dport 8080 dnat to 10.0.0.5:80 comment "web"\n}\nchain prerouting {\ntype nat hook prerouting priority dstnat;\n${conditions} jump hostports\n}\n}\n`;

/** nft(8) syntax, by name. The hostPort that tests hold against them is 8080/TCP of 10.88.0.11, mapped to 10.0.0.5:80. */
const rulesets: Readonly<Record<string, string>> = {
	'prerouting port': base('prerouting', 'tcp dport 8080 drop'),
	'prerouting reject': base('prerouting', 'tcp dport 8080 counter log prefix "no " reject with tcp reset'),
	'prerouting address and port': base('prerouting', 'ip daddr 10.88.0.11 tcp dport 8080 drop', {family: 'ip'}),
	'prerouting address of another': base('prerouting', 'ip daddr 10.88.0.99 tcp dport 8080 drop', {family: 'ip'}),
	'prerouting udp': base('prerouting', 'udp dport 8080 drop'),
	'prerouting other port': base('prerouting', 'tcp dport 8081 drop'),
	'prerouting container port': base('prerouting', 'tcp dport 80 drop'),
	'prerouting after translation': base('prerouting', 'tcp dport 8080 drop', {priority: '0'}),
	'prerouting container port after translation': base('prerouting', 'tcp dport 80 drop', {priority: '0'}),
	'named set': base('prerouting', 'tcp dport @blocked drop', {
		more: 'set blocked { type inet_service; flags interval; elements = { 22, 8000-8100 }\n}',
	}),
	'named set without it': base('prerouting', 'tcp dport @blocked drop', {
		more: 'set blocked { type inet_service; elements = { 22, 443 }\n}',
	}),
	'empty set': base('prerouting', 'tcp dport @blocked drop', {more: 'set blocked { type inet_service;\n}'}),
	range: base('prerouting', 'tcp dport 8000-8100 drop'),
	negation: base('prerouting', 'tcp dport != { 22, 443 } drop'),
	'negation that spares it': base('prerouting', 'tcp dport != { 22, 8080 } drop'),
	comparison: base('prerouting', 'tcp dport > 1024 drop'),
	'verdict map': base('prerouting', 'tcp dport vmap @verdicts', {
		more: 'chain sub { drop\n}\nmap verdicts { type inet_service : verdict; elements = { 22 : accept, 8080 : jump sub }\n}',
	}),
	'verdict map without it': base('prerouting', 'tcp dport vmap { 22 : accept, 9000 : drop }'),
	'state map': closed('ct state vmap { established : accept, related : accept, invalid : drop }\ntcp dport 443 accept'),
	'jump to a drop': base('prerouting', 'tcp dport 8080 jump sub', {more: 'chain sub { ct state established accept; drop\n}'}),
	'jump that comes back': base('prerouting', 'tcp dport 8080 jump sub', {more: 'chain sub { tcp dport 8080 return; drop\n}'}),
	'goto that ends with the policy': base('prerouting', 'tcp dport 8080 goto sub\ntcp dport 8080 drop', {
		more: 'chain sub { tcp dport 22 drop\n}',
	}),
	'accept before it': base('prerouting', 'tcp dport { 8080, 8443 } accept\ntcp dport 8000-9000 drop'),
	'accept in an earlier chain alone': `${base('prerouting', 'tcp dport 8080 accept', {priority: '-200'})}table inet second {\nchain p {\ntype filter hook prerouting priority -150;\ntcp dport 8080 drop\n}\n}\n`,
	'device of outside': base('prerouting', 'iifname { "eth0", "wlan*" } tcp dport 8080 drop'),
	'device of a bridge': base('prerouting', 'iifname "docker0" tcp dport 8080 drop'),
	'all but loopback': base('prerouting', 'iifname != "lo" tcp dport 8080 drop'),
	'transport header': base('prerouting', 'meta l4proto { tcp, udp } th dport 8080 drop'),
	concatenation: base('prerouting', 'meta l4proto . th dport @pairs drop', {
		more: 'set pairs { type inet_proto . inet_service; elements = { udp . 53, tcp . 8080 }\n}',
	}),
	'address and port together': base('prerouting', 'ip daddr . tcp dport { 10.88.0.0/24 . 8080, 10.0.0.1 . 81 } drop'),
	'local destination': base('prerouting', 'fib daddr type local tcp dport 8080 drop'),
	'new connections': base('prerouting', 'ct state new tcp dport 8080 drop'),
	'invalid packets': base('prerouting', 'ct state invalid drop'),
	'one sender': base('prerouting', 'ip saddr 203.0.113.0/24 drop'),
	'all but one sender': base('prerouting', 'ip saddr != 10.0.0.0/8 tcp dport 8080 drop'),
	'something not understood': base('prerouting', 'meta mark & 0xff == 0x10 drop\nlimit rate over 10/second drop'),
	untracked: raw('prerouting', 'tcp dport 8080 notrack'),
	'untracked too late': base('prerouting', 'tcp dport 8080 notrack'),
	'untracked other port': raw('prerouting', 'tcp dport 53 notrack'),
	'forward container port': base('forward', 'tcp dport 80 drop', {priority: '0'}),
	'forward host port': base('forward', 'tcp dport 8080 drop', {priority: '0'}),
	'forward original port': base('forward', 'meta l4proto tcp ct original proto-dst 8080 drop', {priority: '0'}),
	'forward pod range': base('forward', 'ip daddr 10.0.0.0/8 reject with icmpx admin-prohibited', {priority: '0'}),
	'forward closed': closed(`${answers}tcp dport 443 accept`),
	'forward closed but for what was translated': closed(`${answers}ct status dnat accept\niifname "lo" accept`),
	'forward closed but for pods': closed('oifname { "lxc*", "cilium_*" } accept\niifname { "lxc*", "cilium_*" } accept'),
	'forward closed to answers': closed('ct state new accept'),
	'forward closed but for a sender': closed(`${answers}ip saddr 10.0.0.0/8 accept`),
	postrouting: base('postrouting', 'ip daddr 10.0.0.5 drop', {priority: '0'}),
	input: base('input', 'tcp dport 8080 drop', {priority: '0', policy: 'drop'}),
	output: base('output', 'tcp dport 8080 drop', {priority: '0'}),
	ingress: 'table netdev early {\nchain ing {\ntype filter hook ingress device "lo" priority -500;\ntcp dport 8080 drop\n}\n}\n',
	'ip6 alone': base('prerouting', 'tcp dport 8080 drop', {family: 'ip6'}),
	'nfproto ipv6': base('prerouting', 'meta nfproto ipv6 tcp dport 8080 drop'),
	'table of iptables': 'table ip filter {\nchain FORWARD {\ntype filter hook forward priority 0; policy drop;\ntcp dport 80 drop\n}\n}\n',
	'sent elsewhere': nat('tcp dport 8080 dnat to 192.0.2.9:80'),
	'sent to another port of the node': nat('tcp dport 8080 redirect to :81'),
	'sent elsewhere by a map': nat('dnat to tcp dport map { 8080 : 192.0.2.9 }'),
	'sent elsewhere by a map, of another port': nat('dnat to tcp dport map { 8081 : 192.0.2.9 }'),
	'sent elsewhere too late': nat('tcp dport 8080 dnat to 192.0.2.9:80', '-90'),
	'sent elsewhere after the translation, by the container port': nat('tcp dport 80 dnat to 192.0.2.9:80', '-90'),
	'sent elsewhere, of one sender': nat('ip saddr 203.0.113.0/24 tcp dport 8080 dnat to 192.0.2.9:80'),
	'sent to the pod itself': nat('tcp dport 8080 dnat to 10.0.0.5:80'),
	'sent elsewhere, of another port': nat('tcp dport 8081 dnat to 192.0.2.9:80'),
	'portmap without conditions': portmap(''),
	'portmap for another network': portmap('ip daddr 192.0.2.0/24'),
	'portmap but for its own network': portmap('ip daddr != 10.88.0.0/16'),
	'portmap but for another network': portmap('ip daddr != 192.0.2.0/24'),
	'crio-hostports':
		'table ip crio-hostports {\nmap hostports { type inet_proto . inet_service : ipv4_addr . inet_service; elements = { tcp . 8080 : 10.0.0.5 . 80 }\n}\nmap hostipports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; elements = { 10.88.0.11 . udp . 53 : 10.0.0.8 . 5353 }\n}\n}\n',
};

/** A client, a node that forwards as portmap's rule does, and a pod that listens, each a network namespace of this machine. */
const spaces = {client: 'nft-client', node: 'nft-node', pod: 'nft-pod'};
const within = (space: string, words: readonly string[], input = ''): string =>
	execFileSync('ip', ['netns', 'exec', space, ...words], {input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe']});
const ip = (words: string): void => void execFileSync('ip', words.split(' '));
const translation =
	'table ip own_dnat {\nchain p {\ntype nat hook prerouting priority dstnat;\nfib daddr type local tcp dport 8080 dnat to 10.0.0.5:80\n}\n}\n';

function setUp(): ChildProcess {
	for (const name of Object.values(spaces)) ip(`netns add ${name}`);
	ip(`link add eth0 netns ${spaces.client} type veth peer name eth0 netns ${spaces.node}`);
	ip(`link add eth0 netns ${spaces.pod} type veth peer name lxc_pod netns ${spaces.node}`);
	ip(`-n ${spaces.client} addr add 10.88.0.12/16 dev eth0`);
	ip(`-n ${spaces.node} addr add 10.88.0.11/16 dev eth0`);
	ip(`-n ${spaces.node} addr add 10.0.0.1/24 dev lxc_pod`);
	ip(`-n ${spaces.pod} addr add 10.0.0.5/24 dev eth0`);
	for (const name of Object.values(spaces)) for (const device of ['lo', 'eth0']) ip(`-n ${name} link set ${device} up`);
	ip(`-n ${spaces.node} link set lxc_pod up`);
	ip(`-n ${spaces.pod} route add default via 10.0.0.1`);
	within(spaces.node, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
	const listening = "require('node:net').createServer().listen(80)";
	return spawn('ip', ['netns', 'exec', spaces.pod, process.execPath, '-e', listening], {stdio: 'ignore'});
}

/** What the client hears of the hostPort while a ruleset is loaded: `open`, `ECONNREFUSED`, `timed out` … */
function answerUnder(ruleset: string): string {
	within(spaces.node, ['nft', 'flush', 'ruleset']);
	const isPortmaps = ruleset.includes('cni_hostport');
	within(spaces.node, ['nft', '-f', '-'], (isPortmaps ? ruleset : ruleset + translation).replace('device "lo"', 'device "eth0"'));
	const asking =
		"const s = require('node:net').connect(8080, '10.88.0.11'); const end = said => { console.log(said); process.exit(); }; s.on('connect', () => end('open')).on('error', e => end(e.code)); setTimeout(() => end('timed out'), 1000)";
	return within(spaces.client, [process.execPath, '-e', asking]).trim();
}

const pod = setUp();
try {
	await setTimeout(1000);
	const told = Object.entries(rulesets).map(([name, ruleset]) => {
		const answer = answerUnder(ruleset);
		within(spaces.node, ['nft', 'flush', 'ruleset']);
		within(spaces.node, ['nft', '-f', '-'], ruleset);
		return [name, {answer, json: JSON.parse(within(spaces.node, ['nft', '-j', 'list', 'ruleset'])) as unknown}];
	});
	writeFileSync(new URL('recorded/nft-rulesets.json', import.meta.url), `${JSON.stringify(Object.fromEntries(told), undefined, '\t')}\n`);
} finally {
	pod.kill();
	for (const name of Object.values(spaces)) ip(`netns del ${name}`);
}
