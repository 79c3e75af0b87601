import type {CniConfiguration} from './needed-configuration.ts';

const portmap = {type: 'portmap', capabilities: {portMappings: true}};

/**
 * A CNI file that a person keeps, with portmap chained behind what is there; a file of one plugin becomes a list.
 * Undefined where the content is no CNI configuration.
 */
export function withPortmap({fileName, content}: CniConfiguration): CniConfiguration | undefined {
	const configuration = parse(content);
	if (configuration === undefined) {
		return undefined;
	}

	const {plugins, cniVersion, name, ...plugin} = configuration;
	const list = Array.isArray(plugins)
		? {...configuration, plugins: [...plugins, portmap]}
		: {cniVersion, name, plugins: [{name, ...plugin}, portmap]};
	return {fileName: fileName.replace(/\.(?:conf|json)$/, '.conflist'), content: `${JSON.stringify(list, null, 2)}\n`};
}

function parse(content: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(content);
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
	} catch {
		// A file that is not JSON cannot be added to; the diagnosis names it.
		return undefined;
	}
}
