import * as fc from 'fast-check';
import {evidenceSchema, type Evidence} from '../../source/evidence/evidence.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, missingBinaryEvidence, mixedEvidence, nksEvidence} from './scenes.ts';

/** Fields that the schema allows to be null: what was not seen, or is not there. */
const nullable = new Set([
	'observation',
	'agent',
	'agentStatus',
	'serviceEntries',
	'listeners',
	'runtime',
	'configurationFolder',
	'binaryFolder',
	'nft',
	'legacy',
	'daemonSet',
	'configMap',
	'cilium',
	'nodePortRange',
	'ready',
	'createdAt',
	'startedAt',
	'lastChanged',
	'lastSeen',
	'versionExitCode',
]);

const oddTexts = [
	'',
	' ',
	'__proto__',
	'constructor',
	'-A CNI-DN-x -j DNAT --to-destination',
	'portmap',
	'05-cilium.conf',
	'{}',
	'[]',
	'cri-o://1',
	'0.0.0.0',
	'v1.19.6',
];
const oddNumbers = [0, -1, 1, 8080, 65_536, 1e300, 0.5];
const scenes = [nksEvidence, missingBinaryEvidence, healthyPortmapEvidence, healthyNativeEvidence, mixedEvidence];

/** Evidence of a scene with anything in it emptied, nulled, doubled, omitted or replaced, as far as its schema allows. */
export function mutilatedEvidence(): fc.Arbitrary<Evidence> {
	return (
		fc
			.tuple(fc.constantFrom(...scenes), fc.array(fc.nat(), {minLength: 1, maxLength: 40}), fc.constantFrom(3, 10, 40, 200), fc.string())
			// As text and back: what is doubled in evidence is two objects, as it is in a file and from a server.
			.map(([scene, numbers, rarity, text]) => JSON.parse(JSON.stringify(mutilate(scene(), dice(numbers, rarity), text))) as Evidence)
			.filter(value => evidenceSchema.safeParse(value).success)
	);
}

type Dice = {hit: () => boolean; pick: <T>(values: readonly T[]) => T | undefined};

/** A row of numbers as an endless, repeatable source of choices. */
function dice(numbers: readonly number[], rarity: number): Dice {
	let state = 1;
	let place = 0;
	const next = () => {
		place = (place + 1) % numbers.length;
		state = (Math.imul(state, 1_103_515_245) + (numbers[place] ?? 0) + 12_345) >>> 0;
		return state >>> 8;
	};
	return {hit: () => next() % rarity === 0, pick: values => values[next() % values.length]};
}

function mutilate(value: unknown, random: Dice, text: string, key = ''): unknown {
	if (nullable.has(key) && random.hit()) {
		return null;
	}

	if (key === 'apiVersion' || key === 'kind' || key === 'via') {
		return value;
	}

	if (typeof value === 'string') {
		return random.hit() ? random.pick([...oddTexts, text]) : value;
	}

	if (typeof value === 'number') {
		return random.hit() ? random.pick(oddNumbers) : value;
	}

	if (typeof value === 'boolean') {
		return random.hit() ? !value : value;
	}

	if (Array.isArray(value)) {
		const kept = value.filter(() => !random.hit()).map(item => mutilate(item, random, text));
		return random.hit() ? [...kept, ...kept] : kept;
	}

	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mutilate(item, random, text, name)]));
	}

	return value;
}
