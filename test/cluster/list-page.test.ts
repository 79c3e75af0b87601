import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {readListPage, type ListPage} from '../../source/cluster/list-page.ts';
import {mayHaveHostPort, uidIn} from '../../source/evidence/objects/host-port-text.ts';
import {hostPortPodOf} from '../../source/evidence/objects/host-port-pods.ts';
import {at} from '../../source/evidence/untyped.ts';

const pageOf = (pods: readonly string[], more = ',"continue":"next","remainingItemCount":7'): Buffer =>
	Buffer.from(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"${more}},"items":[${pods.join(',')}]}\n`);
const podWith = (parts: {metadata?: object; spec?: object; status?: object}): string =>
	JSON.stringify({
		metadata: {name: 'a', namespace: 'b', uid: 'u-1', ...parts.metadata},
		spec: parts.spec ?? {},
		status: parts.status ?? {},
	});
const reading = (body: Buffer, limit: number): {whole: ListPage | undefined; cut: ListPage | undefined; parsed: number} => {
	let parsed = 0;
	const isWanted = (object: Buffer): boolean => {
		const is = mayHaveHostPort(object);
		if (is) parsed += 1;
		return is;
	};
	const expected = {limit, last: undefined};
	const cut = readListPage(body, {isWanted, expected});
	// Object by object it is the same, and so is what is taken of each.
	const take = (object: unknown): unknown => hostPortPodOf(object);
	expect(readListPage(body, {take, expected})?.items).toEqual(mapped(cut));
	expect(readListPage(body, {take: object => object, expected})).toEqual(readListPage(body, {expected}));
	return {whole: readListPage(body, {expected}), cut, parsed};
};
/** What the product makes of the page: each pod's hostPorts. */
const mapped = (page: ListPage | undefined): unknown => page?.items.flatMap(object => hostPortPodOf(object) ?? []);

const port = {containerPort: 80, hostPort: 8080};
/** Pods that have a hostPort in some place, or look as if they had. */
const strange: ReadonlyArray<readonly [string, string]> = [
	['none', podWith({spec: {containers: [{name: 'c', ports: [{containerPort: 80}]}]}})],
	['one', podWith({spec: {containers: [{name: 'c', ports: [port]}]}})],
	['in an init container that stays', podWith({spec: {initContainers: [{name: 'c', restartPolicy: 'Always', ports: [port]}]}})],
	['in an ephemeral container', podWith({spec: {ephemeralContainers: [{name: 'c', ports: [port]}]}})],
	['of the host’s network', podWith({spec: {hostNetwork: true, containers: [{name: 'c', ports: [port]}]}})],
	['in an annotation as text', podWith({metadata: {annotations: {x: '{"containers":[{"ports":[{"hostPort":80}]}]}'}}})],
	['in an annotation that looks like the end of a pod', podWith({metadata: {annotations: {x: '"}},{"metadata":{"name":"b'}}})],
	['an annotation that ends in a backslash', podWith({metadata: {annotations: {x: 'a\\'}}, spec: {containers: [{ports: [port]}]}})],
	['with letters that look like others', podWith({metadata: {annotations: {x: 'hοstPort \u2028 <>&'}}})],
	['zero', podWith({spec: {containers: [{ports: [{containerPort: 80, hostPort: 0}]}]}})],
	['a key in escapes', podWith({spec: {containers: [{ports: [port]}]}}).replaceAll('hostPort', '\\u0068ost\\u0050ort')],
	[
		'a template with metadata in a list',
		podWith({spec: {list: [{metadata: {name: 'x'}}, {metadata: {name: 'y'}}], containers: [{ports: [port]}]}}),
	],
	['a claim with metadata', podWith({spec: {volumes: [{ephemeral: {volumeClaimTemplate: {metadata: {labels: {}}}}}]}})],
	['spec before metadata', JSON.stringify({spec: {containers: [{ports: [port]}]}, metadata: {name: 'a', uid: 'u-2'}})],
	['written with blanks', JSON.stringify(JSON.parse(podWith({spec: {containers: [{ports: [port]}]}})), undefined, 1)],
	['ended', podWith({spec: {containers: [{ports: [port]}]}, status: {phase: 'Succeeded'}})],
];

describe('a page that is cut by its bytes gives what a parser gives', () => {
	it.each(['[]}', '[]}\n', '[', ''])('with no object, as %j', items => {
		const body = Buffer.from(`{"kind":"EventList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":${items}`);
		const read = (isCut: boolean): unknown => {
			try {
				return readListPage(body, {...(isCut && {take: (object: unknown) => object}), expected: {limit: 500, last: undefined}});
			} catch (error) {
				return (error as Error).name;
			}
		};
		expect(read(true)).toEqual(read(false));
		expect(read(true)).toEqual(
			items.startsWith('[]')
				? {items: [], kind: 'EventList', count: 0, version: '1', continueToken: undefined, remaining: undefined}
				: 'SyntaxError',
		);
	});

	it('whose bytes end anywhere is refused as a parser refuses it', () => {
		const body = pageOf([podWith({spec: {containers: [{ports: [port]}]}}), podWith({})]);
		const options = {take: (object: unknown) => object, expected: {limit: 2, last: undefined}};
		for (let end = 0; end < body.length - 1; end += 1) expect(() => readListPage(body.subarray(0, end), options)).toThrow(SyntaxError);
	});

	it.each(strange)('with a pod that has a hostPort: %s', (_, pod) => {
		for (const pods of [[pod], [pod, podWith({})], [podWith({}), pod, podWith({})]]) {
			const {whole, cut} = reading(pageOf(pods), pods.length);
			expect(mapped(cut)).toEqual(mapped(whole));
			expect(cut).toMatchObject({count: pods.length, continueToken: 'next', remaining: 7});
		}
	});

	it('for pages of any of them, in any order, cut or not', () => {
		const pods = fc.array(fc.constantFrom(...strange.map(([, pod]) => pod)), {minLength: 1, maxLength: 12});
		fc.assert(
			fc.property(pods, fc.constantFrom(-1, 0, 1), (some, off) => {
				const {whole, cut} = reading(pageOf(some), some.length + off);
				expect(mapped(cut)).toEqual(mapped(whole));
				expect(cut?.count).toBe(some.length);
			}),
		);
	});

	it('for pods of any text', () => {
		const text = fc.oneof(
			fc.string({unit: 'binary'}),
			fc.constantFrom('hostPort', '"hostPort":', '\\', '"', '{', '},{"metadata":{', ']}', '\u0000'),
		);
		const annotations = fc.dictionary(
			text,
			fc.array(text).map(parts => parts.join('')),
		);
		const pods = fc.array(
			fc
				.record({annotations, hasPort: fc.boolean()})
				.map(({annotations: of, hasPort}) =>
					podWith({metadata: {annotations: of}, ...(hasPort && {spec: {containers: [{name: 'c', ports: [port]}]}})}),
				),
			{minLength: 1, maxLength: 8},
		);
		fc.assert(
			fc.property(pods, some => {
				const {whole, cut} = reading(pageOf(some), some.length);
				expect(mapped(cut)).toEqual(mapped(whole));
			}),
		);
	});

	it('and parses only what is wanted', () => {
		const pods = Array.from({length: 500}, (_, index) => podWith({spec: {containers: [{ports: index % 100 === 3 ? [port] : []}]}}));
		const {cut, parsed} = reading(pageOf(pods), 500);
		expect(cut?.items).toHaveLength(5);
		expect(parsed).toBe(5);
	});

	it.each([
		['cut off', (body: string) => body.slice(0, -9)],
		['of a broken object that is wanted', (body: string) => body.replace('"hostPort":8080', '"hostPort":80x')],
	])('and a page %s is none', (_, spoil) => {
		const body = pageOf([podWith({spec: {containers: [{ports: [port]}]}}), podWith({})]).toString();
		expect(() => reading(Buffer.from(spoil(body)), 2)).toThrow(SyntaxError);
	});
});

describe('a uid told by bytes', () => {
	it.each(strange)('is the parser’s, or left to it: %s', (_, pod) => {
		expect([undefined, at(JSON.parse(pod), 'metadata', 'uid')]).toContain(uidIn(Buffer.from(pod)));
	});

	it('is found where Kubernetes writes it, and no other is taken for it', () => {
		const written = (metadata: object): Buffer => Buffer.from(JSON.stringify({metadata}));
		expect(uidIn(written({name: 'a', generateName: 'a-', namespace: 'b', uid: 'c-1'}))).toBe('c-1');
		expect(uidIn(written({name: 'a', ownerReferences: [{uid: 'other'}], uid: 'c-1'}))).toBeUndefined();
		expect(uidIn(written({name: 'a","uid":"other', uid: 'c-1'}))).toBeUndefined();
	});
});
