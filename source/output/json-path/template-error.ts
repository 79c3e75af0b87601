/** What a template asks for and cannot have, in kubectl's words. */
export class TemplateError extends Error {
	override readonly name = 'TemplateError';
}
