/** The bytes that came with a message. */
export function firstBuffer(buffers: unknown): ArrayBuffer | ArrayBufferView | null {
  const source: unknown = Array.isArray(buffers) ? buffers[0] : undefined;
  return source instanceof ArrayBuffer || ArrayBuffer.isView(source) ? source : null;
}
