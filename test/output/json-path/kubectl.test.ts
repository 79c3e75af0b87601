// What kubectl's own library prints of the same objects by the same templates (k8s.io/client-go/util/jsonpath v0.36.3, keys that are missing allowed, as
// kubectl get sets it), and what it says of templates that it refuses.
import {describe, expect, it} from 'vitest';
import {jsonPath, jsonPathAsJson, jsonPathTemplate} from '../../../source/output/json-path/template.ts';

const addresses = [
	[{type: 'LegacyHostIP', address: '127.0.0.1'}],
	[
		{type: 'LegacyHostIP', address: '127.0.0.2'},
		{type: 'another', address: '127.0.0.3'},
	],
];
const object = {
	kind: 'List',
	items: [
		{
			kind: 'None',
			metadata: {name: '127.0.0.1', labels: {'kubernetes.io/hostname': '127.0.0.1', b: 'x', a: '<&>'}},
			status: {capacity: {cpu: '4'}, addresses: addresses[0]},
		},
		{kind: 'None', metadata: {name: '127.0.0.2'}, status: {capacity: {cpu: '8'}, addresses: addresses[1]}},
	],
	users: [
		{name: 'myself', user: {}},
		{name: 'e2e', user: {username: 'admin', password: 'secret'}},
	],
	numbers: [1, 2, 3, 10, 1.5, 0.000_01, 1e21, 123_456_789, -4],
	nothing: null,
	empty: [],
	emptyMap: {},
	yes: true,
	text: `ünï "q" 's'`,
	'a.b': {c: 'dotted'},
	list: [[1, 2], [3]],
	mixed: [1, 'a', true, null, {a: 1}],
	ports: [
		{p: 80, proto: 'TCP', ok: true},
		{p: 8080, proto: 'UDP', ok: false},
		{p: 443, proto: 'TCP'},
	],
};

describe('prints as kubectl', () => {
	it.each([
		['kind is {.kind}', 'kind is List'],
		['{.kind}{.yes}', 'Listtrue'],
		['{}', '{@}'],
		["{['kind']}", 'List'],
		['{$.kind}', 'List'],
		['{@.kind}', 'List'],
		['{ .kind }', 'List'],
		['{.items[*].metadata.name}', '127.0.0.1 127.0.0.2'],
		['{.items.*.kind}', 'None None'],
		['{..name}', '127.0.0.1 127.0.0.2 myself e2e'],
		['{.items[*].status..type}', 'LegacyHostIP LegacyHostIP another'],
		['{.users[0].name}', 'myself'],
		['{.items[0:2].kind}', 'None None'],
		['{.items[-1].metadata.name}', '127.0.0.2'],
		['{.items[-2].metadata.name}', '127.0.0.1'],
		['{.items[-1:].metadata.name}', '127.0.0.2'],
		['{.numbers[0:4:2]}', '1 3'],
		['{.numbers[::3]}', '1 10 1e+21'],
		['{.numbers[1:-1]}', '2 3 10 1.5 1e-05 1e+21 123456789'],
		["{.items[*]['metadata.name', 'status.capacity']}", '127.0.0.1 127.0.0.2 {"cpu":"4"} {"cpu":"8"}'],
		['{.users[1,0].name}', 'e2e myself'],
		["{.ports[0]['p','proto']}", '80 TCP'],
		['{.users[?(@.name=="e2e")].user.password}', 'secret'],
		["{.ports[?( @.proto == 'TCP' )].p}", '80 443'],
		['{.ports[?(@[\'proto\']=="UDP")].p}', '8080'],
		['{.ports[?(@.p>100)].p}', '8080 443'],
		['{.ports[?(@.p<=80)].p}', '80'],
		['{.ports[?(@.ok==true)].p}', '80'],
		['{.ports[?(@.ok!=true)].p}', '8080'],
		['{.ports[?(@.ok)].p}', '80 8080'],
		['{.ports[?(@.proto=="T(C)P")].p}', ''],
		['{.items[?(@.status.addresses[1].type=="another")].kind}', undefined],
		['{.items[*].status.addresses[?(@.type=="another")].address}', '127.0.0.3'],
		['{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}', '[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] '],
		['{range .ports[*]}{.p}{"\\t"}{.proto}{"\\n"}{end}', '80\tTCP\n8080\tUDP\n443\tTCP\n'],
		[
			'{range .items[*]}{.metadata.name}:{range .status.addresses[*]}{.address},{end};{end}',
			'127.0.0.1:127.0.0.1,;127.0.0.2:127.0.0.2,127.0.0.3,;',
		],
		['{range .empty[*]}x{end}y', 'y'],
		['{range .missing}x{end}y', 'y'],
		['{.items[0].metadata.labels.kubernetes\\.io/hostname}', '127.0.0.1'],
		["{.items[0].metadata.labels['kubernetes\\.io/hostname']}", '127.0.0.1'],
		['{.a\\.b.c}', 'dotted'],
		['{.items[0].metadata.labels}', '{"a":"\\u003c\\u0026\\u003e","b":"x","kubernetes.io/hostname":"127.0.0.1"}'],
		['{.missing}', ''],
		['{.missing.deeper[0]}', ''],
		['{.nothing}', 'null'],
		['{.nothing.a}', ''],
		['{.empty}', '[]'],
		['{.empty[*]}', ''],
		['{.emptyMap}', '{}'],
		['{.list[*][0]}', '1 3'],
		['{.list[*][*]}', '1 2 3'],
		['{.mixed[*]}', '1 a true null {"a":1}'],
		['{.text}', `ünï "q" 's'`],
		['{"quoted"}', 'quoted'],
		["{'a\\'b'}", "a'b"],
		['{"\\u00e9\\x41\\101"}', 'éAA'],
		['{"{"}{.kind}{"}"}', '{List}'],
		['{true}{5}{1.5}', 'true51.5'],
		['text only', 'text only'],
		['{.kind}}', 'List}'],
		['line\n{range .users[*]}{.name}\n{end}', 'line\nmyself\ne2e\n'],
	])('«%s»', (template, printed) => {
		const fill = (): string => jsonPathTemplate(template)(object);
		if (printed === undefined) expect(fill).toThrow('array index out of bounds: index 1, length 1');
		else expect(fill()).toBe(printed === '{@}' ? jsonPathTemplate('{@}')(object) : printed);
	});

	it('as JSON, a list for each pair of braces', () => {
		expect(jsonPathAsJson('{.users[*].name}{.nothing}')(object)).toBe('[\n    "myself",\n    "e2e"\n]\n[\n    null\n]\n');
	});
});

describe('refuses as kubectl', () => {
	it.each([
		['{.kind', 'unclosed action'],
		['{.kind\n}', 'unclosed action'],
		['{.items[}', 'unterminated array'],
		['{.items[abc]}', 'invalid array index abc'],
		['{.items[-].kind}', 'array index - is not a number'],
		['{.items[5].kind}', 'array index out of bounds: index 5, length 2'],
		['{.items[-3].kind}', 'array index out of bounds: index -1, length 2'],
		['{.items[0:5].kind}', 'array index out of bounds: index 4, length 2'],
		['{.items[1:0].kind}', 'starting index 1 is greater than ending index 0'],
		['{.items[0:2:0].kind}', 'step must be > 0'],
		['{.items[?(@.a}', 'unterminated filter'],
		['{.items[?(@.a)}', 'unclosed array expect ]'],
		['{"unterminated}', 'unterminated quoted string'],
		['{"\\z"}', 'unquote string "\\z" error invalid syntax'],
		['{end}', 'not in range, nothing to end'],
		['{range .items[*]}{.kind}{end}{end}', 'not in range, nothing to end'],
		['{foo .kind}', 'unrecognized identifier foo'],
		['{..*}', "unrecognized character in action: U+002A '*'"],
		['{....name}', 'invalid multiple recursive descent'],
		['{+}', 'cannot parse number +'],
		['{.ports[?(@.proto>5)].p}', 'incompatible types for comparison'],
		['{.ports[?(@.p=="80")].p}', 'incompatible types for comparison'],
		['{.mixed[?(@==1)]}', 'incompatible types for comparison'],
		['{.users[?(@.user==1)]}', 'invalid type for comparison'],
		['{.ports[?(@.ok>true)].p}', 'invalid type for comparison'],
		['{.items[?(@.status..type=="a")]}', undefined],
		['{.kind[0]}', 'string is not array or slice'],
	])('«%s»', (template, says) => {
		expect(() => jsonPathTemplate(template)(object)).toThrow(says ?? 'can only compare one element at a time');
	});
});

describe('differs from kubectl where its answer helps nobody', () => {
	it('takes a path without braces, which kubectl would print as it stands', () => {
		expect(jsonPathTemplate('.users[*].name')(object)).toBe('myself e2e');
		expect(jsonPathTemplate('$.kind')(object)).toBe('List');
	});

	it('compares whole numbers with others', () => {
		expect(jsonPathTemplate('{.numbers[?(@>2)]}')(object)).toBe('3 10 1e+21 123456789');
	});

	it('ends a range that is left open with the template', () => {
		expect(jsonPathTemplate('{range .users[*]}{.name},')(object)).toBe('myself,e2e,');
	});

	it('prints what an object says on one line and without control characters', () => {
		expect(jsonPathTemplate('{.a}{"\\n"}')({a: 'x\u001B]0;title\u0007y\u202Ez\nforged\tq'})).toBe('xyz forged q\n');
	});
});

it.each(['.kind', 'kind', '{.kind}', '{kind}', '$.kind', '{$.kind}', ' .kind '])('«%s» is one path', typed => {
	expect(jsonPath(typed)(object)).toEqual(['List']);
});
