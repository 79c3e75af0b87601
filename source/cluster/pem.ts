import {UsageError, whyUnusable} from '../errors.ts';
import {readNamedFile, shownFile} from '../named-file.ts';

/** A bundle of all public authorities is 250 KiB. */
const maximumBytes = 8 * 1024 * 1024;

/**
 * PEM text of a kubeconfig field: from the inline base64 data, which goes before the file (client-go, tools/clientcmd/api/v1/types.go).
 * Gives undefined where neither is set.
 * @throws UsageError when the file cannot be read or there is no PEM in it
 */
export async function readPem(
	data: string | undefined,
	file: string | undefined,
	what: string,
	signal: AbortSignal,
): Promise<string | undefined> {
	const text = data ? Buffer.from(data, 'base64').toString('latin1') : file ? await readText(file, what, signal) : undefined;
	if (text === undefined || text.includes('-----BEGIN ')) return text;
	const place = data ? 'the data of the kubeconfig' : shownFile(file ?? '');
	throw new UsageError(
		`the ${what} (${place}) is not in PEM form`,
		'Use a file that begins with "-----BEGIN"; a kubeconfig field that ends in -data holds it base64-encoded.',
	);
}

async function readText(file: string, what: string, signal: AbortSignal): Promise<string> {
	try {
		return (await readNamedFile(file, {maximumBytes, signal})).toString('latin1');
	} catch (error) {
		signal.throwIfAborted();
		throw new UsageError(
			`the ${what} ${shownFile(file)} cannot be read: ${whyUnusable(error)}`,
			'Check the path and its permissions.',
			error,
		);
	}
}
