-- Sets marked parts of the page with functions of report.typ:
--   data-typst="f(1)"        #f(1)[...]
--   data-typst-each="f"      #f([child], [child], ...)
--   data-typst-cell=""       one of those children
--   data-anchor="label"      a place that links can lead to

local function raw(text)
  return pandoc.RawBlock("typst", text)
end

local function wrapped(call, blocks)
  if #blocks == 0 then
    return raw("#" .. call)
  end
  local out = pandoc.Blocks({ raw("#" .. call .. "[") })
  out:extend(blocks)
  out:insert(raw("]"))
  return out
end

function Div(div)
  local call = div.attributes["typst"]
  if call then
    return wrapped(call, div.content)
  end
  local each = div.attributes["typst-each"]
  if each then
    local out = pandoc.Blocks({ raw("#" .. each .. "(") })
    for _, child in ipairs(div.content) do
      out:insert(raw("["))
      out:extend(child.content)
      out:insert(raw("],"))
    end
    out:insert(raw(")"))
    return out
  end
  if div.attributes["typst-cell"] then
    return nil
  end
  return div.content
end

function Span(span)
  local anchor = span.attributes["anchor"]
  if anchor then
    return pandoc.RawInline("typst", '#metadata(none)#label("' .. anchor .. '")')
  end
  return span.content
end

-- Three dots stay as they are: Typst would make an ellipsis of them.
function Str(str)
  local out = pandoc.Inlines({})
  local rest = str.text
  while rest:find("%.%.%.") do
    local before, after = rest:match("^(.-)%.%.%.(.*)$")
    out:extend({ pandoc.Str(before), pandoc.RawInline("typst", "\\.\\.\\.") })
    rest = after
  end
  out:insert(pandoc.Str(rest))
  return out
end

function Link(link)
  local target = link.target:match("^#(.+)$")
  if not target then
    return nil
  end
  local out = pandoc.Inlines({ pandoc.RawInline("typst", '#inner(label("' .. target .. '"))[') })
  out:extend(link.content)
  out:insert(pandoc.RawInline("typst", "]"))
  return out
end

function Header(header)
  header.identifier = ""
  return header
end
