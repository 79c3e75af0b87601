import {releaseOf} from './releases.ts';
import {isVersion} from './version.ts';

type ChainingForm = 'plain' | 'portmap';

type NeededConfigurationOptions = {
	readonly enableDebug?: boolean;
	/** `/var/run/cilium/cilium-cni.log` unless told; only Cilium 1.12 and later write it. */
	readonly logFile?: string;
};

/** A CNI file as Cilium would write it. */
export type CniConfiguration = {
	readonly fileName: string;
	readonly content: string;
};

/** Log file of cilium-cni, unless the ConfigMap names another. */
export const defaultCniLogFile = '/var/run/cilium/cilium-cni.log';

/**
 * The CNI file that Cilium of this version writes by itself, layout included, so that a diff shows only what differs:
 * up to 1.13 plugins/cilium-cni/cni-install.sh, from 1.14 daemon/cmd/cni/config.go. The forms of 1.15.19 and 1.20.2
 * were recorded; those between are taken over from the earlier one.
 * Undefined where the version is not known or older than 1.8.
 */
export function neededConfiguration(
	version: string,
	form: ChainingForm,
	{enableDebug = false, logFile = defaultCniLogFile}: NeededConfigurationOptions = {},
): CniConfiguration | undefined {
	if (!isVersion(version, '>=1.8.0')) {
		return undefined;
	}

	// Up to 1.13 a shell script writes the file, and without chaining it is one plugin instead of a list.
	const byScript = isVersion(version, '<1.14.0');
	const members = [
		...(byScript ? ['"name": "cilium"'] : []),
		'"type": "cilium-cni"',
		`"enable-debug": ${enableDebug}`,
		...(isVersion(version, '>=1.12.0') ? [`"log-file": ${JSON.stringify(logFile)}`] : []),
	];
	if (form === 'plain' && byScript) {
		return {fileName: '05-cilium.conf', content: `{\n${indented(['"cniVersion": "0.3.1"', ...members], 2)}\n}\n`};
	}

	const plugins = [`    {\n${indented(members, 7)}\n    }`, ...(form === 'portmap' ? [portmapPlugin] : [])];
	const list = [
		'{',
		`  "cniVersion": "${releaseOf(version).cniVersion}",`,
		`  "name": "${form === 'portmap' ? 'portmap' : 'cilium'}",`,
		'  "plugins": [',
		plugins.join(',\n'),
		'  ]',
		'}',
	].join('\n');
	return {fileName: '05-cilium.conflist', content: byScript ? `${list}\n` : `\n${list}${form === 'portmap' ? '\n' : ''}`};
}

/** Whether two CNI files say the same, layout and order of keys aside. */
export function saysTheSame(one: string, other: string): boolean {
	try {
		return JSON.stringify(sorted(JSON.parse(one))) === JSON.stringify(sorted(JSON.parse(other)));
	} catch {
		// What is not JSON says the same only if it is the same text.
		return one === other;
	}
}

const portmapPlugin = ['    {', '      "type": "portmap",', '      "capabilities": {"portMappings": true}', '    }'].join('\n');

function indented(members: readonly string[], width: number): string {
	return members.map(member => ' '.repeat(width) + member).join(',\n');
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) {
		return value.map(item => sorted(item));
	}

	if (typeof value === 'object' && value !== null) {
		const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
		// As pairs, so that a key such as `__proto__` has no meaning of its own.
		return {pairs: entries.map(([key, item]) => [key, sorted(item)])};
	}

	return value;
}
