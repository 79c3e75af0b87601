/** Set by the bundler and the test runner from package.json. */
declare const __VERSION__: string;

declare module '*.sh' {
	const text: string;
	export default text;
}
