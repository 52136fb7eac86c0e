import { Type } from '@sinclair/typebox'

export const Name = Type.String({ minLength: 1 })
export const Reason = Type.String({ minLength: 3, description: 'Why, in words a reviewer can judge.' })
export const closed = { additionalProperties: false }
