// Made by `npm run generate` from protocol/schemas; not edited by hand.
var __getOwnPropNames=Object.getOwnPropertyNames;var __commonJS=(cb,mod)=>function(){try{return mod||(0,cb[__getOwnPropNames(cb)[0]])((mod={exports:{}}).exports,mod),mod.
exports}catch(e){throw mod=0,e}};var require_ucs2length=__commonJS({"node_modules/ajv/dist/runtime/ucs2length.js"(exports){"use strict";Object.defineProperty(
exports,"__esModule",{value:!0});function ucs2length(str){let len=str.length,length=0,pos=0,value;for(;pos<len;)length++,
value=str.charCodeAt(pos++),value>=55296&&value<=56319&&pos<len&&(value=str.charCodeAt(pos),(value&64512)===56320&&pos++);
return length}exports.default=ucs2length;ucs2length.code='require("ajv/dist/runtime/ucs2length").default'}});var CertificateCreated=validate10;var func2=require_ucs2length().default,pattern0=new RegExp("^[0-9a-f]{64}$","u");function validate10(data,{instancePath="",
parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===0)if(data&&typeof data=="object"&&
!Array.isArray(data)){let missing0;if(data.certificateOwnershipToken===void 0&&(missing0="certificateOwnershipToken")||data.
certificateId===void 0&&(missing0="certificateId")||data.certificatePem===void 0&&(missing0="certificatePem"))return validate10.
errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"must have re\
quired property '"+missing0+"'"}],!1;if(data.certificateOwnershipToken!==void 0){let data0=data.certificateOwnershipToken,
_errs1=errors;if(errors===_errs1)if(typeof data0=="string"){if(func2(data0)>4096)return validate10.errors=[{instancePath:instancePath+
"/certificateOwnershipToken",schemaPath:"#/properties/certificateOwnershipToken/maxLength",keyword:"maxLength",params:{limit:4096},
message:"must NOT have more than 4096 characters"}],!1}else return validate10.errors=[{instancePath:instancePath+"/certi\
ficateOwnershipToken",schemaPath:"#/properties/certificateOwnershipToken/type",keyword:"type",params:{type:"string"},message:"\
must be string"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.certificateId!==void 0){let data1=data.
certificateId,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(!pattern0.test(data1))return validate10.errors=
[{instancePath:instancePath+"/certificateId",schemaPath:"#/properties/certificateId/pattern",keyword:"pattern",params:{pattern:"\
^[0-9a-f]{64}$"},message:'must match pattern "^[0-9a-f]{64}$"'}],!1}else return validate10.errors=[{instancePath:instancePath+
"/certificateId",schemaPath:"#/properties/certificateId/type",keyword:"type",params:{type:"string"},message:"must be str\
ing"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0)if(data.certificatePem!==void 0){let data2=data.certificatePem,
_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(func2(data2)>16384)return validate10.errors=[{instancePath:instancePath+
"/certificatePem",schemaPath:"#/properties/certificatePem/maxLength",keyword:"maxLength",params:{limit:16384},message:"m\
ust NOT have more than 16384 characters"}],!1;if(func2(data2)<1)return validate10.errors=[{instancePath:instancePath+"/c\
ertificatePem",schemaPath:"#/properties/certificatePem/minLength",keyword:"minLength",params:{limit:1},message:"must NOT\
 have fewer than 1 characters"}],!1}else return validate10.errors=[{instancePath:instancePath+"/certificatePem",schemaPath:"\
#/properties/certificatePem/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===
errors}else var valid0=!0}}else return validate10.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;return validate10.errors=vErrors,errors===0}var CertificateRequest=validate11;function validate11(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.certificateSigningRequest===void 0&&(missing0=
"certificateSigningRequest"))return validate11.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.certificateSigningRequest!==
void 0){let data0=data.certificateSigningRequest;if(errors===errors)if(typeof data0=="string"){if(func2(data0)>8192)return validate11.
errors=[{instancePath:instancePath+"/certificateSigningRequest",schemaPath:"#/properties/certificateSigningRequest/maxLe\
ngth",keyword:"maxLength",params:{limit:8192},message:"must NOT have more than 8192 characters"}],!1;if(func2(data0)<1)return validate11.
errors=[{instancePath:instancePath+"/certificateSigningRequest",schemaPath:"#/properties/certificateSigningRequest/minLe\
ngth",keyword:"minLength",params:{limit:1},message:"must NOT have fewer than 1 characters"}],!1}else return validate11.errors=
[{instancePath:instancePath+"/certificateSigningRequest",schemaPath:"#/properties/certificateSigningRequest/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1}}else return validate11.errors=[{instancePath,schemaPath:"#/t\
ype",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate11.errors=vErrors,errors===0}var Command=validate12;var pattern1=new RegExp("^[A-Za-z0-9_-]{1,64}$","u");function validate12(data,{instancePath="",parentData,parentDataProperty,
rootData=data}={}){let vErrors=null,errors=0;if(errors===0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;
if(data.v===void 0&&(missing0="v")||data.id===void 0&&(missing0="id")||data.command===void 0&&(missing0="command")||data.
issuedMs===void 0&&(missing0="issuedMs")||data.expiresMs===void 0&&(missing0="expiresMs")||data.initiator===void 0&&(missing0=
"initiator"))return validate12.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},
message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0==
"number"&&isFinite(data0)))return validate12.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate12.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;
var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.id!==void 0){let data1=data.id,_errs3=errors;if(errors===
_errs3)if(typeof data1=="string"){if(!pattern1.test(data1))return validate12.errors=[{instancePath:instancePath+"/id",schemaPath:"\
#/properties/id/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[A-Za-\
z0-9_-]{1,64}$"'}],!1}else return validate12.errors=[{instancePath:instancePath+"/id",schemaPath:"#/properties/id/type",
keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){
if(data.command!==void 0){let data2=data.command,_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(func2(data2)>
40)return validate12.errors=[{instancePath:instancePath+"/command",schemaPath:"#/properties/command/maxLength",keyword:"\
maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1;["start","pause","resume","stop","dock",
"locate"].includes(data2)||(data.command="unknown")}else return validate12.errors=[{instancePath:instancePath+"/command",
schemaPath:"#/properties/command/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===
errors}else var valid0=!0;if(valid0){if(data.issuedMs!==void 0){let data3=data.issuedMs,_errs7=errors;if(!(typeof data3==
"number"&&!(data3%1)&&!isNaN(data3)&&isFinite(data3)))return validate12.errors=[{instancePath:instancePath+"/issuedMs",schemaPath:"\
#/properties/issuedMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs7&&typeof data3==
"number"&&isFinite(data3)){if(data3>864e13||isNaN(data3))return validate12.errors=[{instancePath:instancePath+"/issuedMs",
schemaPath:"#/properties/issuedMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},message:"must be <= 8\
640000000000000"}],!1;if(data3<0||isNaN(data3))return validate12.errors=[{instancePath:instancePath+"/issuedMs",schemaPath:"\
#/properties/issuedMs/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs7===
errors}else var valid0=!0;if(valid0){if(data.expiresMs!==void 0){let data4=data.expiresMs,_errs9=errors;if(!(typeof data4==
"number"&&!(data4%1)&&!isNaN(data4)&&isFinite(data4)))return validate12.errors=[{instancePath:instancePath+"/expiresMs",
schemaPath:"#/properties/expiresMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs9&&typeof data4=="number"&&isFinite(data4)){if(data4>864e13||isNaN(data4))return validate12.errors=[{instancePath:instancePath+
"/expiresMs",schemaPath:"#/properties/expiresMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},message:"\
must be <= 8640000000000000"}],!1;if(data4<0||isNaN(data4))return validate12.errors=[{instancePath:instancePath+"/expire\
sMs",schemaPath:"#/properties/expiresMs/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= \
0"}],!1}var valid0=_errs9===errors}else var valid0=!0;if(valid0)if(data.initiator!==void 0){let data5=data.initiator,_errs11=errors;
if(errors===_errs11)if(typeof data5=="string"){if(func2(data5)>40)return validate12.errors=[{instancePath:instancePath+"\
/initiator",schemaPath:"#/properties/initiator/maxLength",keyword:"maxLength",params:{limit:40},message:"must NOT have m\
ore than 40 characters"}],!1;["cloud","schedule"].includes(data5)||(data.initiator="unknown")}else return validate12.errors=
[{instancePath:instancePath+"/initiator",schemaPath:"#/properties/initiator/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1;var valid0=_errs11===errors}else var valid0=!0}}}}}else return validate12.errors=[{instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate12.errors=vErrors,
errors===0}var CommandOutcome=validate13;function validate13(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.id===void 0&&
(missing0="id")||data.outcome===void 0&&(missing0="outcome")||data.at===void 0&&(missing0="at"))return validate13.errors=
[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"must have required \
property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))
return validate13.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"\
number"},message:"must be number"}],!1;if(data0!==1)return validate13.errors=[{instancePath:instancePath+"/v",schemaPath:"\
#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;var valid0=_errs1===
errors}else var valid0=!0;if(valid0){if(data.id!==void 0){let data1=data.id,_errs3=errors;if(errors===_errs3)if(typeof data1==
"string"){if(!pattern1.test(data1))return validate13.errors=[{instancePath:instancePath+"/id",schemaPath:"#/properties/i\
d/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[A-Za-z0-9_-]{1,64}$\
"'}],!1}else return validate13.errors=[{instancePath:instancePath+"/id",schemaPath:"#/properties/id/type",keyword:"type",
params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.outcome!==
void 0){let data2=data.outcome,_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(func2(data2)>40)return validate13.
errors=[{instancePath:instancePath+"/outcome",schemaPath:"#/properties/outcome/maxLength",keyword:"maxLength",params:{limit:40},
message:"must NOT have more than 40 characters"}],!1;["done","refused","expired","unknown-outcome"].includes(data2)||(data.
outcome="unknown")}else return validate13.errors=[{instancePath:instancePath+"/outcome",schemaPath:"#/properties/outcome\
/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===errors}else var valid0=!0;
if(valid0){if(data.reason!==void 0){let data3=data.reason,_errs7=errors;if(errors===_errs7)if(typeof data3=="string"){if(func2(
data3)>80)return validate13.errors=[{instancePath:instancePath+"/reason",schemaPath:"#/properties/reason/maxLength",keyword:"\
maxLength",params:{limit:80},message:"must NOT have more than 80 characters"}],!1}else return validate13.errors=[{instancePath:instancePath+
"/reason",schemaPath:"#/properties/reason/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs7===
errors}else var valid0=!0;if(valid0)if(data.at!==void 0){let data4=data.at,_errs9=errors;if(errors===_errs9)if(data4&&typeof data4==
"object"&&!Array.isArray(data4)){let missing1;if(data4.wallMs===void 0&&(missing1="wallMs")||data4.quality===void 0&&(missing1=
"quality")||data4.boot===void 0&&(missing1="boot")||data4.monoMs===void 0&&(missing1="monoMs"))return validate13.errors=
[{instancePath:instancePath+"/at",schemaPath:"#/properties/at/required",keyword:"required",params:{missingProperty:missing1},
message:"must have required property '"+missing1+"'"}],!1;if(data4.wallMs!==void 0){let data5=data4.wallMs,_errs11=errors;
if(!(typeof data5=="number"&&!(data5%1)&&!isNaN(data5)&&isFinite(data5)))return validate13.errors=[{instancePath:instancePath+
"/at/wallMs",schemaPath:"#/properties/at/properties/wallMs/type",keyword:"type",params:{type:"integer"},message:"must be\
 integer"}],!1;if(errors===_errs11&&typeof data5=="number"&&isFinite(data5)){if(data5>864e13||isNaN(data5))return validate13.
errors=[{instancePath:instancePath+"/at/wallMs",schemaPath:"#/properties/at/properties/wallMs/maximum",keyword:"maximum",
params:{comparison:"<=",limit:864e13},message:"must be <= 8640000000000000"}],!1;if(data5<0||isNaN(data5))return validate13.
errors=[{instancePath:instancePath+"/at/wallMs",schemaPath:"#/properties/at/properties/wallMs/minimum",keyword:"minimum",
params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid1=_errs11===errors}else var valid1=!0;if(valid1){if(data4.
quality!==void 0){let data6=data4.quality,_errs13=errors;if(errors===_errs13)if(typeof data6=="string"){if(func2(data6)>
40)return validate13.errors=[{instancePath:instancePath+"/at/quality",schemaPath:"#/properties/at/properties/quality/max\
Length",keyword:"maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1;["synced","floor","un\
set"].includes(data6)||(data4.quality="unknown")}else return validate13.errors=[{instancePath:instancePath+"/at/quality",
schemaPath:"#/properties/at/properties/quality/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;
var valid1=_errs13===errors}else var valid1=!0;if(valid1){if(data4.boot!==void 0){let data7=data4.boot,_errs15=errors;if(!(typeof data7==
"number"&&!(data7%1)&&!isNaN(data7)&&isFinite(data7)))return validate13.errors=[{instancePath:instancePath+"/at/boot",schemaPath:"\
#/properties/at/properties/boot/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs15&&typeof data7=="number"&&isFinite(data7)){if(data7>9007199254740991||isNaN(data7))return validate13.errors=[{instancePath:instancePath+
"/at/boot",schemaPath:"#/properties/at/properties/boot/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data7<0||isNaN(data7))return validate13.errors=[{instancePath:instancePath+
"/at/boot",schemaPath:"#/properties/at/properties/boot/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"\
must be >= 0"}],!1}var valid1=_errs15===errors}else var valid1=!0;if(valid1)if(data4.monoMs!==void 0){let data8=data4.monoMs,
_errs17=errors;if(!(typeof data8=="number"&&!(data8%1)&&!isNaN(data8)&&isFinite(data8)))return validate13.errors=[{instancePath:instancePath+
"/at/monoMs",schemaPath:"#/properties/at/properties/monoMs/type",keyword:"type",params:{type:"integer"},message:"must be\
 integer"}],!1;if(errors===_errs17&&typeof data8=="number"&&isFinite(data8)){if(data8>9007199254740991||isNaN(data8))return validate13.
errors=[{instancePath:instancePath+"/at/monoMs",schemaPath:"#/properties/at/properties/monoMs/maximum",keyword:"maximum",
params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data8<0||isNaN(data8))return validate13.
errors=[{instancePath:instancePath+"/at/monoMs",schemaPath:"#/properties/at/properties/monoMs/minimum",keyword:"minimum",
params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid1=_errs17===errors}else var valid1=!0}}}else return validate13.
errors=[{instancePath:instancePath+"/at",schemaPath:"#/properties/at/type",keyword:"type",params:{type:"object"},message:"\
must be object"}],!1;var valid0=_errs9===errors}else var valid0=!0}}}}else return validate13.errors=[{instancePath,schemaPath:"\
#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate13.errors=vErrors,errors===0}
var ExitSafeModeParams=validate14;function validate14(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data))for(let key0 in data){return validate14.errors=[{instancePath,schemaPath:"\
#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additiona\
l properties"}],!1;break}else return validate14.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"o\
bject"},message:"must be object"}],!1;return validate14.errors=vErrors,errors===0}var FirmwareJob=validate15;function validate15(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.operation===
void 0&&(missing0="operation")||data.manifest===void 0&&(missing0="manifest")||data.imageUrl===void 0&&(missing0="imageU\
rl"))return validate15.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},
message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0==
"number"&&isFinite(data0)))return validate15.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate15.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;
var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.operation!==void 0){let data1=data.operation,_errs3=errors;
if(typeof data1!="string")return validate15.errors=[{instancePath:instancePath+"/operation",schemaPath:"#/properties/ope\
ration/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;if(data1!=="firmware-update")return validate15.
errors=[{instancePath:instancePath+"/operation",schemaPath:"#/properties/operation/const",keyword:"const",params:{allowedValue:"\
firmware-update"},message:"must be equal to constant"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.
manifest!==void 0){let data2=data.manifest,_errs5=errors;if(errors===_errs5)if(data2&&typeof data2=="object"&&!Array.isArray(
data2)){let missing1;if(data2.payloadType===void 0&&(missing1="payloadType")||data2.payload===void 0&&(missing1="payload")||
data2.signatures===void 0&&(missing1="signatures"))return validate15.errors=[{instancePath:instancePath+"/manifest",schemaPath:"\
#/properties/manifest/required",keyword:"required",params:{missingProperty:missing1},message:"must have required propert\
y '"+missing1+"'"}],!1;if(data2.payloadType!==void 0){let data3=data2.payloadType,_errs7=errors;if(typeof data3!="string")
return validate15.errors=[{instancePath:instancePath+"/manifest/payloadType",schemaPath:"#/properties/manifest/propertie\
s/payloadType/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;if(data3!=="application/vnd.pilo\
tfish.firmware+json")return validate15.errors=[{instancePath:instancePath+"/manifest/payloadType",schemaPath:"#/properti\
es/manifest/properties/payloadType/const",keyword:"const",params:{allowedValue:"application/vnd.pilotfish.firmware+json"},
message:"must be equal to constant"}],!1;var valid1=_errs7===errors}else var valid1=!0;if(valid1){if(data2.payload!==void 0){
let data4=data2.payload,_errs9=errors;if(errors===_errs9)if(typeof data4=="string"){if(func2(data4)>8192)return validate15.
errors=[{instancePath:instancePath+"/manifest/payload",schemaPath:"#/properties/manifest/properties/payload/maxLength",keyword:"\
maxLength",params:{limit:8192},message:"must NOT have more than 8192 characters"}],!1}else return validate15.errors=[{instancePath:instancePath+
"/manifest/payload",schemaPath:"#/properties/manifest/properties/payload/type",keyword:"type",params:{type:"string"},message:"\
must be string"}],!1;var valid1=_errs9===errors}else var valid1=!0;if(valid1)if(data2.signatures!==void 0){let data5=data2.
signatures,_errs11=errors;if(errors===_errs11)if(Array.isArray(data5)){if(data5.length>8)return validate15.errors=[{instancePath:instancePath+
"/manifest/signatures",schemaPath:"#/properties/manifest/properties/signatures/maxItems",keyword:"maxItems",params:{limit:8},
message:"must NOT have more than 8 items"}],!1;if(data5.length<1)return validate15.errors=[{instancePath:instancePath+"/\
manifest/signatures",schemaPath:"#/properties/manifest/properties/signatures/minItems",keyword:"minItems",params:{limit:1},
message:"must NOT have fewer than 1 items"}],!1;{var valid2=!0;let len0=data5.length;for(let i0=0;i0<len0;i0++){let data6=data5[i0],
_errs13=errors;if(errors===_errs13)if(data6&&typeof data6=="object"&&!Array.isArray(data6)){let missing2;if(data6.keyid===
void 0&&(missing2="keyid")||data6.sig===void 0&&(missing2="sig"))return validate15.errors=[{instancePath:instancePath+"/\
manifest/signatures/"+i0,schemaPath:"#/properties/manifest/properties/signatures/items/required",keyword:"required",params:{
missingProperty:missing2},message:"must have required property '"+missing2+"'"}],!1;if(data6.keyid!==void 0){let data7=data6.
keyid,_errs15=errors;if(errors===_errs15)if(typeof data7=="string"){if(func2(data7)>64)return validate15.errors=[{instancePath:instancePath+
"/manifest/signatures/"+i0+"/keyid",schemaPath:"#/properties/manifest/properties/signatures/items/properties/keyid/maxLe\
ngth",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate15.
errors=[{instancePath:instancePath+"/manifest/signatures/"+i0+"/keyid",schemaPath:"#/properties/manifest/properties/sign\
atures/items/properties/keyid/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid3=_errs15===
errors}else var valid3=!0;if(valid3)if(data6.sig!==void 0){let data8=data6.sig,_errs17=errors;if(errors===_errs17)if(typeof data8==
"string"){if(func2(data8)>128)return validate15.errors=[{instancePath:instancePath+"/manifest/signatures/"+i0+"/sig",schemaPath:"\
#/properties/manifest/properties/signatures/items/properties/sig/maxLength",keyword:"maxLength",params:{limit:128},message:"\
must NOT have more than 128 characters"}],!1}else return validate15.errors=[{instancePath:instancePath+"/manifest/signat\
ures/"+i0+"/sig",schemaPath:"#/properties/manifest/properties/signatures/items/properties/sig/type",keyword:"type",params:{
type:"string"},message:"must be string"}],!1;var valid3=_errs17===errors}else var valid3=!0}else return validate15.errors=
[{instancePath:instancePath+"/manifest/signatures/"+i0,schemaPath:"#/properties/manifest/properties/signatures/items/typ\
e",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid2=_errs13===errors;if(!valid2)break}}}else
return validate15.errors=[{instancePath:instancePath+"/manifest/signatures",schemaPath:"#/properties/manifest/properties\
/signatures/type",keyword:"type",params:{type:"array"},message:"must be array"}],!1;var valid1=_errs11===errors}else var valid1=!0}}else
return validate15.errors=[{instancePath:instancePath+"/manifest",schemaPath:"#/properties/manifest/type",keyword:"type",
params:{type:"object"},message:"must be object"}],!1;var valid0=_errs5===errors}else var valid0=!0;if(valid0)if(data.imageUrl!==
void 0){let data9=data.imageUrl,_errs19=errors;if(errors===_errs19)if(typeof data9=="string"){if(func2(data9)>2048)return validate15.
errors=[{instancePath:instancePath+"/imageUrl",schemaPath:"#/properties/imageUrl/maxLength",keyword:"maxLength",params:{
limit:2048},message:"must NOT have more than 2048 characters"}],!1;if(func2(data9)<1)return validate15.errors=[{instancePath:instancePath+
"/imageUrl",schemaPath:"#/properties/imageUrl/minLength",keyword:"minLength",params:{limit:1},message:"must NOT have few\
er than 1 characters"}],!1}else return validate15.errors=[{instancePath:instancePath+"/imageUrl",schemaPath:"#/propertie\
s/imageUrl/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs19===errors}else var valid0=!0}}}else
return validate15.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate15.errors=vErrors,errors===0}var FirmwareManifest=validate16;var pattern3=new RegExp("^[0-9A-Za-z.+_-]{1,64}$","u");function validate16(data,{instancePath="",parentData,parentDataProperty,
rootData=data}={}){let vErrors=null,errors=0;if(errors===0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;
if(data.v===void 0&&(missing0="v")||data.hardwareId===void 0&&(missing0="hardwareId")||data.version===void 0&&(missing0=
"version")||data.securityCounter===void 0&&(missing0="securityCounter")||data.length===void 0&&(missing0="length")||data.
sha256===void 0&&(missing0="sha256")||data.expiresMs===void 0&&(missing0="expiresMs"))return validate16.errors=[{instancePath,
schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+
"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate16.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"number"},message:"\
must be number"}],!1;if(data0!==1)return validate16.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/c\
onst",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;
if(valid0){if(data.hardwareId!==void 0){let data1=data.hardwareId,_errs3=errors;if(errors===_errs3)if(typeof data1=="str\
ing"){if(func2(data1)>64)return validate16.errors=[{instancePath:instancePath+"/hardwareId",schemaPath:"#/properties/har\
dwareId/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate16.
errors=[{instancePath:instancePath+"/hardwareId",schemaPath:"#/properties/hardwareId/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.version!==void 0){
let data2=data.version,_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(!pattern3.test(data2))return validate16.
errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties/version/pattern",keyword:"pattern",params:{pattern:"\
^[0-9A-Za-z.+_-]{1,64}$"},message:'must match pattern "^[0-9A-Za-z.+_-]{1,64}$"'}],!1}else return validate16.errors=[{instancePath:instancePath+
"/version",schemaPath:"#/properties/version/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===
errors}else var valid0=!0;if(valid0){if(data.securityCounter!==void 0){let data3=data.securityCounter,_errs7=errors;if(!(typeof data3==
"number"&&!(data3%1)&&!isNaN(data3)&&isFinite(data3)))return validate16.errors=[{instancePath:instancePath+"/securityCou\
nter",schemaPath:"#/properties/securityCounter/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],
!1;if(errors===_errs7&&typeof data3=="number"&&isFinite(data3)){if(data3>9007199254740991||isNaN(data3))return validate16.
errors=[{instancePath:instancePath+"/securityCounter",schemaPath:"#/properties/securityCounter/maximum",keyword:"maximum",
params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data3<0||isNaN(data3))return validate16.
errors=[{instancePath:instancePath+"/securityCounter",schemaPath:"#/properties/securityCounter/minimum",keyword:"minimum",
params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs7===errors}else var valid0=!0;if(valid0){if(data.
length!==void 0){let data4=data.length,_errs9=errors;if(!(typeof data4=="number"&&!(data4%1)&&!isNaN(data4)&&isFinite(data4)))
return validate16.errors=[{instancePath:instancePath+"/length",schemaPath:"#/properties/length/type",keyword:"type",params:{
type:"integer"},message:"must be integer"}],!1;if(errors===_errs9&&typeof data4=="number"&&isFinite(data4)){if(data4>268435456||
isNaN(data4))return validate16.errors=[{instancePath:instancePath+"/length",schemaPath:"#/properties/length/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:268435456},message:"must be <= 268435456"}],!1;if(data4<1||isNaN(data4))return validate16.
errors=[{instancePath:instancePath+"/length",schemaPath:"#/properties/length/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:1},message:"must be >= 1"}],!1}var valid0=_errs9===errors}else var valid0=!0;if(valid0){if(data.sha256!==void 0){
let data5=data.sha256,_errs11=errors;if(errors===_errs11)if(typeof data5=="string"){if(!pattern0.test(data5))return validate16.
errors=[{instancePath:instancePath+"/sha256",schemaPath:"#/properties/sha256/pattern",keyword:"pattern",params:{pattern:"\
^[0-9a-f]{64}$"},message:'must match pattern "^[0-9a-f]{64}$"'}],!1}else return validate16.errors=[{instancePath:instancePath+
"/sha256",schemaPath:"#/properties/sha256/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs11===
errors}else var valid0=!0;if(valid0)if(data.expiresMs!==void 0){let data6=data.expiresMs,_errs13=errors;if(!(typeof data6==
"number"&&!(data6%1)&&!isNaN(data6)&&isFinite(data6)))return validate16.errors=[{instancePath:instancePath+"/expiresMs",
schemaPath:"#/properties/expiresMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs13&&typeof data6=="number"&&isFinite(data6)){if(data6>864e13||isNaN(data6))return validate16.errors=[{instancePath:instancePath+
"/expiresMs",schemaPath:"#/properties/expiresMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},message:"\
must be <= 8640000000000000"}],!1;if(data6<0||isNaN(data6))return validate16.errors=[{instancePath:instancePath+"/expire\
sMs",schemaPath:"#/properties/expiresMs/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= \
0"}],!1}var valid0=_errs13===errors}else var valid0=!0}}}}}}else return validate16.errors=[{instancePath,schemaPath:"#/t\
ype",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate16.errors=vErrors,errors===0}var JobExecution=validate17;function validate17(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.jobId===void 0&&(missing0="jobId")||data.status===
void 0&&(missing0="status")||data.versionNumber===void 0&&(missing0="versionNumber")||data.executionNumber===void 0&&(missing0=
"executionNumber"))return validate17.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},
message:"must have required property '"+missing0+"'"}],!1;if(data.jobId!==void 0){let data0=data.jobId,_errs1=errors;if(errors===
_errs1)if(typeof data0=="string"){if(!pattern1.test(data0))return validate17.errors=[{instancePath:instancePath+"/jobId",
schemaPath:"#/properties/jobId/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match p\
attern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate17.errors=[{instancePath:instancePath+"/jobId",schemaPath:"#/pr\
operties/jobId/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs1===errors}else
var valid0=!0;if(valid0){if(data.status!==void 0){let data1=data.status,_errs3=errors;if(errors===_errs3)if(typeof data1==
"string"){if(func2(data1)>40)return validate17.errors=[{instancePath:instancePath+"/status",schemaPath:"#/properties/sta\
tus/maxLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1}else return validate17.
errors=[{instancePath:instancePath+"/status",schemaPath:"#/properties/status/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.statusDetails!==void 0){let data2=data.
statusDetails,_errs5=errors;if(errors===_errs5)if(data2&&typeof data2=="object"&&!Array.isArray(data2)){if(Object.keys(data2).
length>64)return validate17.errors=[{instancePath:instancePath+"/statusDetails",schemaPath:"#/properties/statusDetails/m\
axProperties",keyword:"maxProperties",params:{limit:64},message:"must NOT have more than 64 properties"}],!1;for(let key0 in data2){
let _errs7=errors;if(typeof key0=="string"&&func2(key0)>128){let err0={instancePath:instancePath+"/statusDetails",schemaPath:"\
#/properties/statusDetails/propertyNames/maxLength",keyword:"maxLength",params:{limit:128},message:"must NOT have more t\
han 128 characters",propertyName:key0};vErrors===null?vErrors=[err0]:vErrors.push(err0),errors++}var valid1=_errs7===errors;
if(!valid1){let err1={instancePath:instancePath+"/statusDetails",schemaPath:"#/properties/statusDetails/propertyNames",keyword:"\
propertyNames",params:{propertyName:key0},message:"property name must be valid"};return vErrors===null?vErrors=[err1]:vErrors.
push(err1),errors++,validate17.errors=vErrors,!1;break}}if(valid1)for(let key1 in data2){let data3=data2[key1],_errs9=errors;
if(errors===_errs9)if(typeof data3=="string"){if(func2(data3)>1024)return validate17.errors=[{instancePath:instancePath+
"/statusDetails/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/statusDetails/additionalPropertie\
s/maxLength",keyword:"maxLength",params:{limit:1024},message:"must NOT have more than 1024 characters"}],!1}else return validate17.
errors=[{instancePath:instancePath+"/statusDetails/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/propertie\
s/statusDetails/additionalProperties/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs9===
errors;if(!valid2)break}}else return validate17.errors=[{instancePath:instancePath+"/statusDetails",schemaPath:"#/proper\
ties/statusDetails/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs5===errors}else
var valid0=!0;if(valid0){if(data.versionNumber!==void 0){let data4=data.versionNumber,_errs11=errors;if(!(typeof data4==
"number"&&!(data4%1)&&!isNaN(data4)&&isFinite(data4)))return validate17.errors=[{instancePath:instancePath+"/versionNumb\
er",schemaPath:"#/properties/versionNumber/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs11&&typeof data4=="number"&&isFinite(data4)){if(data4>9007199254740991||isNaN(data4))return validate17.errors=[{instancePath:instancePath+
"/versionNumber",schemaPath:"#/properties/versionNumber/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data4<0||isNaN(data4))return validate17.errors=[{instancePath:instancePath+
"/versionNumber",schemaPath:"#/properties/versionNumber/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"\
must be >= 0"}],!1}var valid0=_errs11===errors}else var valid0=!0;if(valid0){if(data.executionNumber!==void 0){let data5=data.
executionNumber,_errs13=errors;if(!(typeof data5=="number"&&!(data5%1)&&!isNaN(data5)&&isFinite(data5)))return validate17.
errors=[{instancePath:instancePath+"/executionNumber",schemaPath:"#/properties/executionNumber/type",keyword:"type",params:{
type:"integer"},message:"must be integer"}],!1;if(errors===_errs13&&typeof data5=="number"&&isFinite(data5)){if(data5>9007199254740991||
isNaN(data5))return validate17.errors=[{instancePath:instancePath+"/executionNumber",schemaPath:"#/properties/executionN\
umber/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],
!1;if(data5<0||isNaN(data5))return validate17.errors=[{instancePath:instancePath+"/executionNumber",schemaPath:"#/proper\
ties/executionNumber/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs13===
errors}else var valid0=!0;if(valid0)if(data.queuedAt!==void 0){let data6=data.queuedAt,_errs15=errors;if(errors===_errs15)
if(typeof data6=="number"&&isFinite(data6)){if(data6>42e11||isNaN(data6))return validate17.errors=[{instancePath:instancePath+
"/queuedAt",schemaPath:"#/properties/queuedAt/maximum",keyword:"maximum",params:{comparison:"<=",limit:42e11},message:"m\
ust be <= 4200000000000"}],!1;if(data6<0||isNaN(data6))return validate17.errors=[{instancePath:instancePath+"/queuedAt",
schemaPath:"#/properties/queuedAt/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else
return validate17.errors=[{instancePath:instancePath+"/queuedAt",schemaPath:"#/properties/queuedAt/type",keyword:"type",
params:{type:"number"},message:"must be number"}],!1;var valid0=_errs15===errors}else var valid0=!0}}}}}else return validate17.
errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate17.
errors=vErrors,errors===0}var JobNext=validate18;function validate18(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.timestamp===void 0&&(missing0="timestamp"))
return validate18.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"\
must have required property '"+missing0+"'"}],!1;if(data.timestamp!==void 0){let data0=data.timestamp,_errs1=errors;if(errors===
_errs1)if(typeof data0=="number"&&isFinite(data0)){if(data0>42e11||isNaN(data0))return validate18.errors=[{instancePath:instancePath+
"/timestamp",schemaPath:"#/properties/timestamp/maximum",keyword:"maximum",params:{comparison:"<=",limit:42e11},message:"\
must be <= 4200000000000"}],!1;if(data0<0||isNaN(data0))return validate18.errors=[{instancePath:instancePath+"/timestamp",
schemaPath:"#/properties/timestamp/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],
!1}else return validate18.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.
execution!==void 0){let data1=data.execution,_errs3=errors;if(errors===_errs3)if(data1&&typeof data1=="object"&&!Array.isArray(
data1)){let missing1;if(data1.jobId===void 0&&(missing1="jobId")||data1.status===void 0&&(missing1="status")||data1.versionNumber===
void 0&&(missing1="versionNumber")||data1.executionNumber===void 0&&(missing1="executionNumber"))return validate18.errors=
[{instancePath:instancePath+"/execution",schemaPath:"#/properties/execution/required",keyword:"required",params:{missingProperty:missing1},
message:"must have required property '"+missing1+"'"}],!1;if(data1.jobId!==void 0){let data2=data1.jobId,_errs5=errors;if(errors===
_errs5)if(typeof data2=="string"){if(!pattern1.test(data2))return validate18.errors=[{instancePath:instancePath+"/execut\
ion/jobId",schemaPath:"#/properties/execution/properties/jobId/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-\
]{1,64}$"},message:'must match pattern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate18.errors=[{instancePath:instancePath+
"/execution/jobId",schemaPath:"#/properties/execution/properties/jobId/type",keyword:"type",params:{type:"string"},message:"\
must be string"}],!1;var valid1=_errs5===errors}else var valid1=!0;if(valid1){if(data1.status!==void 0){let data3=data1.
status,_errs7=errors;if(errors===_errs7)if(typeof data3=="string"){if(func2(data3)>40)return validate18.errors=[{instancePath:instancePath+
"/execution/status",schemaPath:"#/properties/execution/properties/status/maxLength",keyword:"maxLength",params:{limit:40},
message:"must NOT have more than 40 characters"}],!1}else return validate18.errors=[{instancePath:instancePath+"/executi\
on/status",schemaPath:"#/properties/execution/properties/status/type",keyword:"type",params:{type:"string"},message:"mus\
t be string"}],!1;var valid1=_errs7===errors}else var valid1=!0;if(valid1){if(data1.statusDetails!==void 0){let data4=data1.
statusDetails,_errs9=errors;if(errors===_errs9)if(data4&&typeof data4=="object"&&!Array.isArray(data4)){if(Object.keys(data4).
length>64)return validate18.errors=[{instancePath:instancePath+"/execution/statusDetails",schemaPath:"#/properties/execu\
tion/properties/statusDetails/maxProperties",keyword:"maxProperties",params:{limit:64},message:"must NOT have more than \
64 properties"}],!1;for(let key0 in data4){let _errs11=errors;if(typeof key0=="string"&&func2(key0)>128){let err0={instancePath:instancePath+
"/execution/statusDetails",schemaPath:"#/properties/execution/properties/statusDetails/propertyNames/maxLength",keyword:"\
maxLength",params:{limit:128},message:"must NOT have more than 128 characters",propertyName:key0};vErrors===null?vErrors=
[err0]:vErrors.push(err0),errors++}var valid2=_errs11===errors;if(!valid2){let err1={instancePath:instancePath+"/executi\
on/statusDetails",schemaPath:"#/properties/execution/properties/statusDetails/propertyNames",keyword:"propertyNames",params:{
propertyName:key0},message:"property name must be valid"};return vErrors===null?vErrors=[err1]:vErrors.push(err1),errors++,
validate18.errors=vErrors,!1;break}}if(valid2)for(let key1 in data4){let data5=data4[key1],_errs13=errors;if(errors===_errs13)
if(typeof data5=="string"){if(func2(data5)>1024)return validate18.errors=[{instancePath:instancePath+"/execution/statusD\
etails/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/execution/properties/statusDetails/additio\
nalProperties/maxLength",keyword:"maxLength",params:{limit:1024},message:"must NOT have more than 1024 characters"}],!1}else
return validate18.errors=[{instancePath:instancePath+"/execution/statusDetails/"+key1.replace(/~/g,"~0").replace(/\//g,"\
~1"),schemaPath:"#/properties/execution/properties/statusDetails/additionalProperties/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid3=_errs13===errors;if(!valid3)break}}else return validate18.errors=[{instancePath:instancePath+
"/execution/statusDetails",schemaPath:"#/properties/execution/properties/statusDetails/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;var valid1=_errs9===errors}else var valid1=!0;if(valid1){if(data1.versionNumber!==
void 0){let data6=data1.versionNumber,_errs15=errors;if(!(typeof data6=="number"&&!(data6%1)&&!isNaN(data6)&&isFinite(data6)))
return validate18.errors=[{instancePath:instancePath+"/execution/versionNumber",schemaPath:"#/properties/execution/prope\
rties/versionNumber/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs15&&typeof data6==
"number"&&isFinite(data6)){if(data6>9007199254740991||isNaN(data6))return validate18.errors=[{instancePath:instancePath+
"/execution/versionNumber",schemaPath:"#/properties/execution/properties/versionNumber/maximum",keyword:"maximum",params:{
comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data6<0||isNaN(data6))return validate18.
errors=[{instancePath:instancePath+"/execution/versionNumber",schemaPath:"#/properties/execution/properties/versionNumbe\
r/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid1=_errs15===errors}else
var valid1=!0;if(valid1){if(data1.executionNumber!==void 0){let data7=data1.executionNumber,_errs17=errors;if(!(typeof data7==
"number"&&!(data7%1)&&!isNaN(data7)&&isFinite(data7)))return validate18.errors=[{instancePath:instancePath+"/execution/e\
xecutionNumber",schemaPath:"#/properties/execution/properties/executionNumber/type",keyword:"type",params:{type:"integer"},
message:"must be integer"}],!1;if(errors===_errs17&&typeof data7=="number"&&isFinite(data7)){if(data7>9007199254740991||
isNaN(data7))return validate18.errors=[{instancePath:instancePath+"/execution/executionNumber",schemaPath:"#/properties/\
execution/properties/executionNumber/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"\
must be <= 9007199254740991"}],!1;if(data7<0||isNaN(data7))return validate18.errors=[{instancePath:instancePath+"/execut\
ion/executionNumber",schemaPath:"#/properties/execution/properties/executionNumber/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:0},message:"must be >= 0"}],!1}var valid1=_errs17===errors}else var valid1=!0;if(valid1)if(data1.queuedAt!==void 0){
let data8=data1.queuedAt,_errs19=errors;if(errors===_errs19)if(typeof data8=="number"&&isFinite(data8)){if(data8>42e11||
isNaN(data8))return validate18.errors=[{instancePath:instancePath+"/execution/queuedAt",schemaPath:"#/properties/executi\
on/properties/queuedAt/maximum",keyword:"maximum",params:{comparison:"<=",limit:42e11},message:"must be <= 4200000000000"}],
!1;if(data8<0||isNaN(data8))return validate18.errors=[{instancePath:instancePath+"/execution/queuedAt",schemaPath:"#/pro\
perties/execution/properties/queuedAt/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],
!1}else return validate18.errors=[{instancePath:instancePath+"/execution/queuedAt",schemaPath:"#/properties/execution/pr\
operties/queuedAt/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid1=_errs19===errors}else
var valid1=!0}}}}}else return validate18.errors=[{instancePath:instancePath+"/execution",schemaPath:"#/properties/execut\
ion/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs3===errors}else var valid0=!0;
if(valid0)if(data.clientToken!==void 0){let data9=data.clientToken,_errs21=errors;if(errors===_errs21)if(typeof data9=="\
string"){if(func2(data9)>64)return validate18.errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties\
/clientToken/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate18.
errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/clientToken/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid0=_errs21===errors}else var valid0=!0}}else return validate18.errors=[{instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate18.errors=vErrors,
errors===0}var JobRejected=validate19;function validate19(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.code===void 0&&(missing0="code"))return validate19.
errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"must have re\
quired property '"+missing0+"'"}],!1;if(data.code!==void 0){let data0=data.code,_errs1=errors;if(errors===_errs1)if(typeof data0==
"string"){if(func2(data0)>64)return validate19.errors=[{instancePath:instancePath+"/code",schemaPath:"#/properties/code/\
maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate19.
errors=[{instancePath:instancePath+"/code",schemaPath:"#/properties/code/type",keyword:"type",params:{type:"string"},message:"\
must be string"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.message!==void 0){let data1=data.message,
_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(func2(data1)>1024)return validate19.errors=[{instancePath:instancePath+
"/message",schemaPath:"#/properties/message/maxLength",keyword:"maxLength",params:{limit:1024},message:"must NOT have mo\
re than 1024 characters"}],!1}else return validate19.errors=[{instancePath:instancePath+"/message",schemaPath:"#/propert\
ies/message/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;
if(valid0){if(data.clientToken!==void 0){let data2=data.clientToken,_errs5=errors;if(errors===_errs5)if(typeof data2=="s\
tring"){if(func2(data2)>64)return validate19.errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/\
clientToken/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate19.
errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/clientToken/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid0=_errs5===errors}else var valid0=!0;if(valid0)if(data.executionState!==
void 0){let data3=data.executionState,_errs7=errors;if(errors===_errs7)if(data3&&typeof data3=="object"&&!Array.isArray(
data3)){let missing1;if(data3.status===void 0&&(missing1="status")||data3.versionNumber===void 0&&(missing1="versionNumb\
er"))return validate19.errors=[{instancePath:instancePath+"/executionState",schemaPath:"#/properties/executionState/requ\
ired",keyword:"required",params:{missingProperty:missing1},message:"must have required property '"+missing1+"'"}],!1;if(data3.
status!==void 0){let data4=data3.status,_errs9=errors;if(errors===_errs9)if(typeof data4=="string"){if(func2(data4)>40)return validate19.
errors=[{instancePath:instancePath+"/executionState/status",schemaPath:"#/properties/executionState/properties/status/ma\
xLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1}else return validate19.
errors=[{instancePath:instancePath+"/executionState/status",schemaPath:"#/properties/executionState/properties/status/ty\
pe",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid1=_errs9===errors}else var valid1=!0;if(valid1)
if(data3.versionNumber!==void 0){let data5=data3.versionNumber,_errs11=errors;if(!(typeof data5=="number"&&!(data5%1)&&!isNaN(
data5)&&isFinite(data5)))return validate19.errors=[{instancePath:instancePath+"/executionState/versionNumber",schemaPath:"\
#/properties/executionState/properties/versionNumber/type",keyword:"type",params:{type:"integer"},message:"must be integ\
er"}],!1;if(errors===_errs11&&typeof data5=="number"&&isFinite(data5)){if(data5>9007199254740991||isNaN(data5))return validate19.
errors=[{instancePath:instancePath+"/executionState/versionNumber",schemaPath:"#/properties/executionState/properties/ve\
rsionNumber/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740\
991"}],!1;if(data5<0||isNaN(data5))return validate19.errors=[{instancePath:instancePath+"/executionState/versionNumber",
schemaPath:"#/properties/executionState/properties/versionNumber/minimum",keyword:"minimum",params:{comparison:">=",limit:0},
message:"must be >= 0"}],!1}var valid1=_errs11===errors}else var valid1=!0}else return validate19.errors=[{instancePath:instancePath+
"/executionState",schemaPath:"#/properties/executionState/type",keyword:"type",params:{type:"object"},message:"must be o\
bject"}],!1;var valid0=_errs7===errors}else var valid0=!0}}}else return validate19.errors=[{instancePath,schemaPath:"#/t\
ype",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate19.errors=vErrors,errors===0}var JobUpdateAccepted=validate20;function validate20(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.timestamp===void 0&&(missing0="timestamp"))
return validate20.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"\
must have required property '"+missing0+"'"}],!1;if(data.timestamp!==void 0){let data0=data.timestamp,_errs1=errors;if(errors===
_errs1)if(typeof data0=="number"&&isFinite(data0)){if(data0>42e11||isNaN(data0))return validate20.errors=[{instancePath:instancePath+
"/timestamp",schemaPath:"#/properties/timestamp/maximum",keyword:"maximum",params:{comparison:"<=",limit:42e11},message:"\
must be <= 4200000000000"}],!1;if(data0<0||isNaN(data0))return validate20.errors=[{instancePath:instancePath+"/timestamp",
schemaPath:"#/properties/timestamp/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],
!1}else return validate20.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0)if(data.
clientToken!==void 0){let data1=data.clientToken,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(func2(data1)>
64)return validate20.errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/clientToken/maxLength",keyword:"\
maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate20.errors=[{instancePath:instancePath+
"/clientToken",schemaPath:"#/properties/clientToken/type",keyword:"type",params:{type:"string"},message:"must be string"}],
!1;var valid0=_errs3===errors}else var valid0=!0}else return validate20.errors=[{instancePath,schemaPath:"#/type",keyword:"\
type",params:{type:"object"},message:"must be object"}],!1;return validate20.errors=vErrors,errors===0}var MapGranted=validate21;var pattern7=new RegExp("^[0-9a-f]{16}-[1-9][0-9]{0,14}$","u");function validate21(data,{instancePath="",parentData,parentDataProperty,
rootData=data}={}){let vErrors=null,errors=0;if(errors===0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;
if(data.v===void 0&&(missing0="v")||data.missionId===void 0&&(missing0="missionId")||data.mapId===void 0&&(missing0="map\
Id"))return validate21.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},
message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0==
"number"&&isFinite(data0)))return validate21.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate21.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;
var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.missionId!==void 0){let data1=data.missionId,_errs3=errors;
if(errors===_errs3)if(typeof data1=="string"){if(!pattern7.test(data1))return validate21.errors=[{instancePath:instancePath+
"/missionId",schemaPath:"#/properties/missionId/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,1\
4}$"},message:'must match pattern "^[0-9a-f]{16}-[1-9][0-9]{0,14}$"'}],!1}else return validate21.errors=[{instancePath:instancePath+
"/missionId",schemaPath:"#/properties/missionId/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;
var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.mapId!==void 0){let data2=data.mapId,_errs5=errors;if(errors===
_errs5)if(typeof data2=="string"){if(!pattern1.test(data2))return validate21.errors=[{instancePath:instancePath+"/mapId",
schemaPath:"#/properties/mapId/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match p\
attern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate21.errors=[{instancePath:instancePath+"/mapId",schemaPath:"#/pr\
operties/mapId/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===errors}else
var valid0=!0;if(valid0)if(data.grant!==void 0){let data3=data.grant,_errs7=errors;if(errors===_errs7)if(data3&&typeof data3==
"object"&&!Array.isArray(data3)){let missing1;if(data3.missionId===void 0&&(missing1="missionId")||data3.mapId===void 0&&
(missing1="mapId")||data3.method===void 0&&(missing1="method")||data3.url===void 0&&(missing1="url")||data3.headers===void 0&&
(missing1="headers")||data3.expiresMs===void 0&&(missing1="expiresMs"))return validate21.errors=[{instancePath:instancePath+
"/grant",schemaPath:"#/properties/grant/required",keyword:"required",params:{missingProperty:missing1},message:"must hav\
e required property '"+missing1+"'"}],!1;if(data3.missionId!==void 0){let data4=data3.missionId,_errs9=errors;if(errors===
_errs9)if(typeof data4=="string"){if(!pattern7.test(data4))return validate21.errors=[{instancePath:instancePath+"/grant/\
missionId",schemaPath:"#/properties/grant/properties/missionId/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}\
-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{16}-[1-9][0-9]{0,14}$"'}],!1}else return validate21.errors=[
{instancePath:instancePath+"/grant/missionId",schemaPath:"#/properties/grant/properties/missionId/type",keyword:"type",params:{
type:"string"},message:"must be string"}],!1;var valid1=_errs9===errors}else var valid1=!0;if(valid1){if(data3.mapId!==void 0){
let data5=data3.mapId,_errs11=errors;if(errors===_errs11)if(typeof data5=="string"){if(!pattern1.test(data5))return validate21.
errors=[{instancePath:instancePath+"/grant/mapId",schemaPath:"#/properties/grant/properties/mapId/pattern",keyword:"patt\
ern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate21.
errors=[{instancePath:instancePath+"/grant/mapId",schemaPath:"#/properties/grant/properties/mapId/type",keyword:"type",params:{
type:"string"},message:"must be string"}],!1;var valid1=_errs11===errors}else var valid1=!0;if(valid1){if(data3.method!==
void 0){let data6=data3.method,_errs13=errors;if(typeof data6!="string")return validate21.errors=[{instancePath:instancePath+
"/grant/method",schemaPath:"#/properties/grant/properties/method/type",keyword:"type",params:{type:"string"},message:"mu\
st be string"}],!1;if(data6!=="PUT")return validate21.errors=[{instancePath:instancePath+"/grant/method",schemaPath:"#/p\
roperties/grant/properties/method/const",keyword:"const",params:{allowedValue:"PUT"},message:"must be equal to constant"}],
!1;var valid1=_errs13===errors}else var valid1=!0;if(valid1){if(data3.url!==void 0){let data7=data3.url,_errs15=errors;if(errors===
_errs15)if(typeof data7=="string"){if(func2(data7)>2048)return validate21.errors=[{instancePath:instancePath+"/grant/url",
schemaPath:"#/properties/grant/properties/url/maxLength",keyword:"maxLength",params:{limit:2048},message:"must NOT have \
more than 2048 characters"}],!1;if(func2(data7)<1)return validate21.errors=[{instancePath:instancePath+"/grant/url",schemaPath:"\
#/properties/grant/properties/url/minLength",keyword:"minLength",params:{limit:1},message:"must NOT have fewer than 1 ch\
aracters"}],!1}else return validate21.errors=[{instancePath:instancePath+"/grant/url",schemaPath:"#/properties/grant/pro\
perties/url/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid1=_errs15===errors}else var valid1=!0;
if(valid1){if(data3.headers!==void 0){let data8=data3.headers,_errs17=errors;if(errors===_errs17)if(data8&&typeof data8==
"object"&&!Array.isArray(data8)){if(Object.keys(data8).length>8)return validate21.errors=[{instancePath:instancePath+"/g\
rant/headers",schemaPath:"#/properties/grant/properties/headers/maxProperties",keyword:"maxProperties",params:{limit:8},
message:"must NOT have more than 8 properties"}],!1;for(let key0 in data8){let _errs19=errors;if(typeof key0=="string"&&
func2(key0)>64){let err0={instancePath:instancePath+"/grant/headers",schemaPath:"#/properties/grant/properties/headers/p\
ropertyNames/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters",propertyName:key0};
vErrors===null?vErrors=[err0]:vErrors.push(err0),errors++}var valid2=_errs19===errors;if(!valid2){let err1={instancePath:instancePath+
"/grant/headers",schemaPath:"#/properties/grant/properties/headers/propertyNames",keyword:"propertyNames",params:{propertyName:key0},
message:"property name must be valid"};return vErrors===null?vErrors=[err1]:vErrors.push(err1),errors++,validate21.errors=
vErrors,!1;break}}if(valid2)for(let key1 in data8){let data9=data8[key1],_errs21=errors;if(errors===_errs21)if(typeof data9==
"string"){if(func2(data9)>256)return validate21.errors=[{instancePath:instancePath+"/grant/headers/"+key1.replace(/~/g,"\
~0").replace(/\//g,"~1"),schemaPath:"#/properties/grant/properties/headers/additionalProperties/maxLength",keyword:"maxL\
ength",params:{limit:256},message:"must NOT have more than 256 characters"}],!1}else return validate21.errors=[{instancePath:instancePath+
"/grant/headers/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/grant/properties/headers/addition\
alProperties/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid3=_errs21===errors;if(!valid3)
break}}else return validate21.errors=[{instancePath:instancePath+"/grant/headers",schemaPath:"#/properties/grant/propert\
ies/headers/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid1=_errs17===errors}else var valid1=!0;
if(valid1)if(data3.expiresMs!==void 0){let data10=data3.expiresMs,_errs23=errors;if(!(typeof data10=="number"&&!(data10%
1)&&!isNaN(data10)&&isFinite(data10)))return validate21.errors=[{instancePath:instancePath+"/grant/expiresMs",schemaPath:"\
#/properties/grant/properties/expiresMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs23&&typeof data10=="number"&&isFinite(data10)){if(data10>864e13||isNaN(data10))return validate21.errors=[{instancePath:instancePath+
"/grant/expiresMs",schemaPath:"#/properties/grant/properties/expiresMs/maximum",keyword:"maximum",params:{comparison:"<=",
limit:864e13},message:"must be <= 8640000000000000"}],!1;if(data10<0||isNaN(data10))return validate21.errors=[{instancePath:instancePath+
"/grant/expiresMs",schemaPath:"#/properties/grant/properties/expiresMs/minimum",keyword:"minimum",params:{comparison:">=",
limit:0},message:"must be >= 0"}],!1}var valid1=_errs23===errors}else var valid1=!0}}}}}else return validate21.errors=[{
instancePath:instancePath+"/grant",schemaPath:"#/properties/grant/type",keyword:"type",params:{type:"object"},message:"m\
ust be object"}],!1;var valid0=_errs7===errors}else var valid0=!0}}}else return validate21.errors=[{instancePath,schemaPath:"\
#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate21.errors=vErrors,errors===0}
var MapRefused=validate22;function validate22(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.missionId===
void 0&&(missing0="missionId")||data.mapId===void 0&&(missing0="mapId")||data.code===void 0&&(missing0="code")||data.message===
void 0&&(missing0="message"))return validate22.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,
_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate22.errors=[{instancePath:instancePath+"/v",schemaPath:"\
#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate22.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"\
must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.missionId!==void 0){let data1=data.
missionId,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(!pattern7.test(data1))return validate22.errors=
[{instancePath:instancePath+"/missionId",schemaPath:"#/properties/missionId/pattern",keyword:"pattern",params:{pattern:"\
^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{16}-[1-9][0-9]{0,14}$"'}],!1}else return validate22.
errors=[{instancePath:instancePath+"/missionId",schemaPath:"#/properties/missionId/type",keyword:"type",params:{type:"st\
ring"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.mapId!==void 0){let data2=data.
mapId,_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(!pattern1.test(data2))return validate22.errors=[{instancePath:instancePath+
"/mapId",schemaPath:"#/properties/mapId/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'mus\
t match pattern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate22.errors=[{instancePath:instancePath+"/mapId",schemaPath:"\
#/properties/mapId/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===errors}else
var valid0=!0;if(valid0){if(data.code!==void 0){let data3=data.code,_errs7=errors;if(errors===_errs7)if(typeof data3=="s\
tring"){if(func2(data3)>40)return validate22.errors=[{instancePath:instancePath+"/code",schemaPath:"#/properties/code/ma\
xLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1}else return validate22.
errors=[{instancePath:instancePath+"/code",schemaPath:"#/properties/code/type",keyword:"type",params:{type:"string"},message:"\
must be string"}],!1;var valid0=_errs7===errors}else var valid0=!0;if(valid0)if(data.message!==void 0){let data4=data.message,
_errs9=errors;if(errors===_errs9)if(typeof data4=="string"){if(func2(data4)>200)return validate22.errors=[{instancePath:instancePath+
"/message",schemaPath:"#/properties/message/maxLength",keyword:"maxLength",params:{limit:200},message:"must NOT have mor\
e than 200 characters"}],!1}else return validate22.errors=[{instancePath:instancePath+"/message",schemaPath:"#/propertie\
s/message/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs9===errors}else var valid0=!0}}}}else
return validate22.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate22.errors=vErrors,errors===0}var MapUploadRequest=validate23;function validate23(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.missionId===
void 0&&(missing0="missionId")||data.map===void 0&&(missing0="map"))return validate23.errors=[{instancePath,schemaPath:"\
#/required",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],
!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate23.errors=
[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be\
 number"}],!1;if(data0!==1)return validate23.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"\
const",params:{allowedValue:1},message:"must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){
if(data.missionId!==void 0){let data1=data.missionId,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(!pattern7.
test(data1))return validate23.errors=[{instancePath:instancePath+"/missionId",schemaPath:"#/properties/missionId/pattern",
keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{16}-[1-9][0-\
9]{0,14}$"'}],!1}else return validate23.errors=[{instancePath:instancePath+"/missionId",schemaPath:"#/properties/mission\
Id/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;
if(valid0)if(data.map!==void 0){let data2=data.map,_errs5=errors;if(errors===_errs5)if(data2&&typeof data2=="object"&&!Array.
isArray(data2)){let missing1;if(data2.id===void 0&&(missing1="id")||data2.size===void 0&&(missing1="size")||data2.sha256===
void 0&&(missing1="sha256")||data2.type===void 0&&(missing1="type"))return validate23.errors=[{instancePath:instancePath+
"/map",schemaPath:"#/properties/map/required",keyword:"required",params:{missingProperty:missing1},message:"must have re\
quired property '"+missing1+"'"}],!1;if(data2.id!==void 0){let data3=data2.id,_errs7=errors;if(errors===_errs7)if(typeof data3==
"string"){if(!pattern1.test(data3))return validate23.errors=[{instancePath:instancePath+"/map/id",schemaPath:"#/properti\
es/map/properties/id/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[\
A-Za-z0-9_-]{1,64}$"'}],!1}else return validate23.errors=[{instancePath:instancePath+"/map/id",schemaPath:"#/properties/\
map/properties/id/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid1=_errs7===errors}else
var valid1=!0;if(valid1){if(data2.size!==void 0){let data4=data2.size,_errs9=errors;if(!(typeof data4=="number"&&!(data4%
1)&&!isNaN(data4)&&isFinite(data4)))return validate23.errors=[{instancePath:instancePath+"/map/size",schemaPath:"#/prope\
rties/map/properties/size/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs9&&
typeof data4=="number"&&isFinite(data4)){if(data4>16777216||isNaN(data4))return validate23.errors=[{instancePath:instancePath+
"/map/size",schemaPath:"#/properties/map/properties/size/maximum",keyword:"maximum",params:{comparison:"<=",limit:16777216},
message:"must be <= 16777216"}],!1;if(data4<1||isNaN(data4))return validate23.errors=[{instancePath:instancePath+"/map/s\
ize",schemaPath:"#/properties/map/properties/size/minimum",keyword:"minimum",params:{comparison:">=",limit:1},message:"m\
ust be >= 1"}],!1}var valid1=_errs9===errors}else var valid1=!0;if(valid1){if(data2.sha256!==void 0){let data5=data2.sha256,
_errs11=errors;if(errors===_errs11)if(typeof data5=="string"){if(!pattern0.test(data5))return validate23.errors=[{instancePath:instancePath+
"/map/sha256",schemaPath:"#/properties/map/properties/sha256/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{64}$"},
message:'must match pattern "^[0-9a-f]{64}$"'}],!1}else return validate23.errors=[{instancePath:instancePath+"/map/sha25\
6",schemaPath:"#/properties/map/properties/sha256/type",keyword:"type",params:{type:"string"},message:"must be string"}],
!1;var valid1=_errs11===errors}else var valid1=!0;if(valid1)if(data2.type!==void 0){let data6=data2.type,_errs13=errors;
if(errors===_errs13)if(typeof data6=="string"){if(func2(data6)>64)return validate23.errors=[{instancePath:instancePath+"\
/map/type",schemaPath:"#/properties/map/properties/type/maxLength",keyword:"maxLength",params:{limit:64},message:"must N\
OT have more than 64 characters"}],!1}else return validate23.errors=[{instancePath:instancePath+"/map/type",schemaPath:"\
#/properties/map/properties/type/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid1=_errs13===
errors}else var valid1=!0}}}else return validate23.errors=[{instancePath:instancePath+"/map",schemaPath:"#/properties/ma\
p/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs5===errors}else var valid0=!0}}else
return validate23.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate23.errors=vErrors,errors===0}var MissionDocument=validate24;function validate24(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.missionId===
void 0&&(missing0="missionId")||data.ended===void 0&&(missing0="ended")||data.boot===void 0&&(missing0="boot")||data.revision===
void 0&&(missing0="revision")||data.phase===void 0&&(missing0="phase")||data.initiator===void 0&&(missing0="initiator")||
data.started===void 0&&(missing0="started")||data.updated===void 0&&(missing0="updated")||data.durations===void 0&&(missing0=
"durations")||data.area===void 0&&(missing0="area")||data.counters===void 0&&(missing0="counters")||data.batteryPct===void 0&&
(missing0="batteryPct")||data.events===void 0&&(missing0="events"))return validate24.errors=[{instancePath,schemaPath:"#\
/required",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;
if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate24.errors=
[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be\
 number"}],!1;if(data0!==1)return validate24.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"\
const",params:{allowedValue:1},message:"must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){
if(data.missionId!==void 0){let data1=data.missionId,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(!pattern7.
test(data1))return validate24.errors=[{instancePath:instancePath+"/missionId",schemaPath:"#/properties/missionId/pattern",
keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{16}-[1-9][0-\
9]{0,14}$"'}],!1}else return validate24.errors=[{instancePath:instancePath+"/missionId",schemaPath:"#/properties/mission\
Id/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;
if(valid0){if(data.bodyMission!==void 0){let data2=data.bodyMission,_errs5=errors;if(errors===_errs5)if(typeof data2=="s\
tring"){if(!pattern1.test(data2))return validate24.errors=[{instancePath:instancePath+"/bodyMission",schemaPath:"#/prope\
rties/bodyMission/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[A-Z\
a-z0-9_-]{1,64}$"'}],!1}else return validate24.errors=[{instancePath:instancePath+"/bodyMission",schemaPath:"#/propertie\
s/bodyMission/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===errors}else var valid0=!0;
if(valid0){if(data.ended!==void 0){let _errs7=errors;if(typeof data.ended!="boolean")return validate24.errors=[{instancePath:instancePath+
"/ended",schemaPath:"#/properties/ended/type",keyword:"type",params:{type:"boolean"},message:"must be boolean"}],!1;var valid0=_errs7===
errors}else var valid0=!0;if(valid0){if(data.boot!==void 0){let data4=data.boot,_errs9=errors;if(!(typeof data4=="number"&&
!(data4%1)&&!isNaN(data4)&&isFinite(data4)))return validate24.errors=[{instancePath:instancePath+"/boot",schemaPath:"#/p\
roperties/boot/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs9&&typeof data4==
"number"&&isFinite(data4)){if(data4>9007199254740991||isNaN(data4))return validate24.errors=[{instancePath:instancePath+
"/boot",schemaPath:"#/properties/boot/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"\
must be <= 9007199254740991"}],!1;if(data4<0||isNaN(data4))return validate24.errors=[{instancePath:instancePath+"/boot",
schemaPath:"#/properties/boot/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs9===
errors}else var valid0=!0;if(valid0){if(data.revision!==void 0){let data5=data.revision,_errs11=errors;if(!(typeof data5==
"number"&&!(data5%1)&&!isNaN(data5)&&isFinite(data5)))return validate24.errors=[{instancePath:instancePath+"/revision",schemaPath:"\
#/properties/revision/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs11&&typeof data5==
"number"&&isFinite(data5)){if(data5>9007199254740991||isNaN(data5))return validate24.errors=[{instancePath:instancePath+
"/revision",schemaPath:"#/properties/revision/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data5<0||isNaN(data5))return validate24.errors=[{instancePath:instancePath+
"/revision",schemaPath:"#/properties/revision/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must \
be >= 0"}],!1}var valid0=_errs11===errors}else var valid0=!0;if(valid0){if(data.phase!==void 0){let data6=data.phase,_errs13=errors;
if(errors===_errs13)if(typeof data6=="string"){if(func2(data6)>40)return validate24.errors=[{instancePath:instancePath+"\
/phase",schemaPath:"#/properties/phase/maxLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more than\
 40 characters"}],!1;["charge","run","pause","stuck","hmMidMsn","recharge","hmPostMsn","stop"].includes(data6)||(data.phase=
"unknown")}else return validate24.errors=[{instancePath:instancePath+"/phase",schemaPath:"#/properties/phase/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs13===errors}else var valid0=!0;if(valid0){if(data.
outcome!==void 0){let data7=data.outcome,_errs15=errors;if(errors===_errs15)if(typeof data7=="string"){if(func2(data7)>40)
return validate24.errors=[{instancePath:instancePath+"/outcome",schemaPath:"#/properties/outcome/maxLength",keyword:"max\
Length",params:{limit:40},message:"must NOT have more than 40 characters"}],!1;["completed","stopped","stuck","interrupt\
ed","failed"].includes(data7)||(data.outcome="unknown")}else return validate24.errors=[{instancePath:instancePath+"/outc\
ome",schemaPath:"#/properties/outcome/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs15===
errors}else var valid0=!0;if(valid0){if(data.initiator!==void 0){let data8=data.initiator,_errs17=errors;if(errors===_errs17)
if(typeof data8=="string"){if(func2(data8)>40)return validate24.errors=[{instancePath:instancePath+"/initiator",schemaPath:"\
#/properties/initiator/maxLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],
!1;["cloud","local","schedule","button"].includes(data8)||(data.initiator="unknown")}else return validate24.errors=[{instancePath:instancePath+
"/initiator",schemaPath:"#/properties/initiator/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;
var valid0=_errs17===errors}else var valid0=!0;if(valid0){if(data.started!==void 0){let data9=data.started,_errs19=errors;
if(errors===_errs19)if(data9&&typeof data9=="object"&&!Array.isArray(data9)){let missing1;if(data9.wallMs===void 0&&(missing1=
"wallMs")||data9.quality===void 0&&(missing1="quality")||data9.boot===void 0&&(missing1="boot")||data9.monoMs===void 0&&
(missing1="monoMs"))return validate24.errors=[{instancePath:instancePath+"/started",schemaPath:"#/properties/started/req\
uired",keyword:"required",params:{missingProperty:missing1},message:"must have required property '"+missing1+"'"}],!1;if(data9.
wallMs!==void 0){let data10=data9.wallMs,_errs21=errors;if(!(typeof data10=="number"&&!(data10%1)&&!isNaN(data10)&&isFinite(
data10)))return validate24.errors=[{instancePath:instancePath+"/started/wallMs",schemaPath:"#/properties/started/propert\
ies/wallMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs21&&typeof data10==
"number"&&isFinite(data10)){if(data10>864e13||isNaN(data10))return validate24.errors=[{instancePath:instancePath+"/start\
ed/wallMs",schemaPath:"#/properties/started/properties/wallMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},
message:"must be <= 8640000000000000"}],!1;if(data10<0||isNaN(data10))return validate24.errors=[{instancePath:instancePath+
"/started/wallMs",schemaPath:"#/properties/started/properties/wallMs/minimum",keyword:"minimum",params:{comparison:">=",
limit:0},message:"must be >= 0"}],!1}var valid1=_errs21===errors}else var valid1=!0;if(valid1){if(data9.quality!==void 0){
let data11=data9.quality,_errs23=errors;if(errors===_errs23)if(typeof data11=="string"){if(func2(data11)>40)return validate24.
errors=[{instancePath:instancePath+"/started/quality",schemaPath:"#/properties/started/properties/quality/maxLength",keyword:"\
maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1;["synced","floor","unset"].includes(data11)||
(data9.quality="unknown")}else return validate24.errors=[{instancePath:instancePath+"/started/quality",schemaPath:"#/pro\
perties/started/properties/quality/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid1=_errs23===
errors}else var valid1=!0;if(valid1){if(data9.boot!==void 0){let data12=data9.boot,_errs25=errors;if(!(typeof data12=="n\
umber"&&!(data12%1)&&!isNaN(data12)&&isFinite(data12)))return validate24.errors=[{instancePath:instancePath+"/started/bo\
ot",schemaPath:"#/properties/started/properties/boot/type",keyword:"type",params:{type:"integer"},message:"must be integ\
er"}],!1;if(errors===_errs25&&typeof data12=="number"&&isFinite(data12)){if(data12>9007199254740991||isNaN(data12))return validate24.
errors=[{instancePath:instancePath+"/started/boot",schemaPath:"#/properties/started/properties/boot/maximum",keyword:"ma\
ximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data12<0||isNaN(data12))
return validate24.errors=[{instancePath:instancePath+"/started/boot",schemaPath:"#/properties/started/properties/boot/mi\
nimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid1=_errs25===errors}else var valid1=!0;
if(valid1)if(data9.monoMs!==void 0){let data13=data9.monoMs,_errs27=errors;if(!(typeof data13=="number"&&!(data13%1)&&!isNaN(
data13)&&isFinite(data13)))return validate24.errors=[{instancePath:instancePath+"/started/monoMs",schemaPath:"#/properti\
es/started/properties/monoMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs27&&
typeof data13=="number"&&isFinite(data13)){if(data13>9007199254740991||isNaN(data13))return validate24.errors=[{instancePath:instancePath+
"/started/monoMs",schemaPath:"#/properties/started/properties/monoMs/maximum",keyword:"maximum",params:{comparison:"<=",
limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data13<0||isNaN(data13))return validate24.errors=[
{instancePath:instancePath+"/started/monoMs",schemaPath:"#/properties/started/properties/monoMs/minimum",keyword:"minimu\
m",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid1=_errs27===errors}else var valid1=!0}}}else return validate24.
errors=[{instancePath:instancePath+"/started",schemaPath:"#/properties/started/type",keyword:"type",params:{type:"object"},
message:"must be object"}],!1;var valid0=_errs19===errors}else var valid0=!0;if(valid0){if(data.updated!==void 0){let data14=data.
updated,_errs29=errors;if(errors===_errs29)if(data14&&typeof data14=="object"&&!Array.isArray(data14)){let missing2;if(data14.
wallMs===void 0&&(missing2="wallMs")||data14.quality===void 0&&(missing2="quality")||data14.boot===void 0&&(missing2="bo\
ot")||data14.monoMs===void 0&&(missing2="monoMs"))return validate24.errors=[{instancePath:instancePath+"/updated",schemaPath:"\
#/properties/updated/required",keyword:"required",params:{missingProperty:missing2},message:"must have required property\
 '"+missing2+"'"}],!1;if(data14.wallMs!==void 0){let data15=data14.wallMs,_errs31=errors;if(!(typeof data15=="number"&&!(data15%
1)&&!isNaN(data15)&&isFinite(data15)))return validate24.errors=[{instancePath:instancePath+"/updated/wallMs",schemaPath:"\
#/properties/updated/properties/wallMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs31&&typeof data15=="number"&&isFinite(data15)){if(data15>864e13||isNaN(data15))return validate24.errors=[{instancePath:instancePath+
"/updated/wallMs",schemaPath:"#/properties/updated/properties/wallMs/maximum",keyword:"maximum",params:{comparison:"<=",
limit:864e13},message:"must be <= 8640000000000000"}],!1;if(data15<0||isNaN(data15))return validate24.errors=[{instancePath:instancePath+
"/updated/wallMs",schemaPath:"#/properties/updated/properties/wallMs/minimum",keyword:"minimum",params:{comparison:">=",
limit:0},message:"must be >= 0"}],!1}var valid2=_errs31===errors}else var valid2=!0;if(valid2){if(data14.quality!==void 0){
let data16=data14.quality,_errs33=errors;if(errors===_errs33)if(typeof data16=="string"){if(func2(data16)>40)return validate24.
errors=[{instancePath:instancePath+"/updated/quality",schemaPath:"#/properties/updated/properties/quality/maxLength",keyword:"\
maxLength",params:{limit:40},message:"must NOT have more than 40 characters"}],!1;["synced","floor","unset"].includes(data16)||
(data14.quality="unknown")}else return validate24.errors=[{instancePath:instancePath+"/updated/quality",schemaPath:"#/pr\
operties/updated/properties/quality/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs33===
errors}else var valid2=!0;if(valid2){if(data14.boot!==void 0){let data17=data14.boot,_errs35=errors;if(!(typeof data17==
"number"&&!(data17%1)&&!isNaN(data17)&&isFinite(data17)))return validate24.errors=[{instancePath:instancePath+"/updated/\
boot",schemaPath:"#/properties/updated/properties/boot/type",keyword:"type",params:{type:"integer"},message:"must be int\
eger"}],!1;if(errors===_errs35&&typeof data17=="number"&&isFinite(data17)){if(data17>9007199254740991||isNaN(data17))return validate24.
errors=[{instancePath:instancePath+"/updated/boot",schemaPath:"#/properties/updated/properties/boot/maximum",keyword:"ma\
ximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data17<0||isNaN(data17))
return validate24.errors=[{instancePath:instancePath+"/updated/boot",schemaPath:"#/properties/updated/properties/boot/mi\
nimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid2=_errs35===errors}else var valid2=!0;
if(valid2)if(data14.monoMs!==void 0){let data18=data14.monoMs,_errs37=errors;if(!(typeof data18=="number"&&!(data18%1)&&
!isNaN(data18)&&isFinite(data18)))return validate24.errors=[{instancePath:instancePath+"/updated/monoMs",schemaPath:"#/p\
roperties/updated/properties/monoMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs37&&typeof data18=="number"&&isFinite(data18)){if(data18>9007199254740991||isNaN(data18))return validate24.errors=[
{instancePath:instancePath+"/updated/monoMs",schemaPath:"#/properties/updated/properties/monoMs/maximum",keyword:"maximu\
m",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data18<0||isNaN(data18))
return validate24.errors=[{instancePath:instancePath+"/updated/monoMs",schemaPath:"#/properties/updated/properties/monoM\
s/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid2=_errs37===errors}else
var valid2=!0}}}else return validate24.errors=[{instancePath:instancePath+"/updated",schemaPath:"#/properties/updated/ty\
pe",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs29===errors}else var valid0=!0;if(valid0){
if(data.durations!==void 0){let data19=data.durations,_errs39=errors;if(errors===_errs39)if(data19&&typeof data19=="obje\
ct"&&!Array.isArray(data19)){let missing3;if(data19.runS===void 0&&(missing3="runS")||data19.pauseS===void 0&&(missing3=
"pauseS")||data19.chargeS===void 0&&(missing3="chargeS")||data19.clockSpeed===void 0&&(missing3="clockSpeed"))return validate24.
errors=[{instancePath:instancePath+"/durations",schemaPath:"#/properties/durations/required",keyword:"required",params:{
missingProperty:missing3},message:"must have required property '"+missing3+"'"}],!1;if(data19.runS!==void 0){let data20=data19.
runS,_errs41=errors;if(errors===_errs41)if(typeof data20=="number"&&isFinite(data20)){if(data20>1e12||isNaN(data20))return validate24.
errors=[{instancePath:instancePath+"/durations/runS",schemaPath:"#/properties/durations/properties/runS/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data20<0||isNaN(data20))return validate24.
errors=[{instancePath:instancePath+"/durations/runS",schemaPath:"#/properties/durations/properties/runS/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+
"/durations/runS",schemaPath:"#/properties/durations/properties/runS/type",keyword:"type",params:{type:"number"},message:"\
must be number"}],!1;var valid3=_errs41===errors}else var valid3=!0;if(valid3){if(data19.pauseS!==void 0){let data21=data19.
pauseS,_errs43=errors;if(errors===_errs43)if(typeof data21=="number"&&isFinite(data21)){if(data21>1e12||isNaN(data21))return validate24.
errors=[{instancePath:instancePath+"/durations/pauseS",schemaPath:"#/properties/durations/properties/pauseS/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data21<0||isNaN(data21))return validate24.
errors=[{instancePath:instancePath+"/durations/pauseS",schemaPath:"#/properties/durations/properties/pauseS/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+
"/durations/pauseS",schemaPath:"#/properties/durations/properties/pauseS/type",keyword:"type",params:{type:"number"},message:"\
must be number"}],!1;var valid3=_errs43===errors}else var valid3=!0;if(valid3){if(data19.chargeS!==void 0){let data22=data19.
chargeS,_errs45=errors;if(errors===_errs45)if(typeof data22=="number"&&isFinite(data22)){if(data22>1e12||isNaN(data22))return validate24.
errors=[{instancePath:instancePath+"/durations/chargeS",schemaPath:"#/properties/durations/properties/chargeS/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data22<0||isNaN(data22))return validate24.
errors=[{instancePath:instancePath+"/durations/chargeS",schemaPath:"#/properties/durations/properties/chargeS/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+
"/durations/chargeS",schemaPath:"#/properties/durations/properties/chargeS/type",keyword:"type",params:{type:"number"},message:"\
must be number"}],!1;var valid3=_errs45===errors}else var valid3=!0;if(valid3)if(data19.clockSpeed!==void 0){let data23=data19.
clockSpeed,_errs47=errors;if(errors===_errs47)if(typeof data23=="number"&&isFinite(data23)){if(data23>1e12||isNaN(data23))
return validate24.errors=[{instancePath:instancePath+"/durations/clockSpeed",schemaPath:"#/properties/durations/properti\
es/clockSpeed/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data23<
0||isNaN(data23))return validate24.errors=[{instancePath:instancePath+"/durations/clockSpeed",schemaPath:"#/properties/d\
urations/properties/clockSpeed/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else
return validate24.errors=[{instancePath:instancePath+"/durations/clockSpeed",schemaPath:"#/properties/durations/properti\
es/clockSpeed/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid3=_errs47===errors}else
var valid3=!0}}}else return validate24.errors=[{instancePath:instancePath+"/durations",schemaPath:"#/properties/duration\
s/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs39===errors}else var valid0=!0;
if(valid0){if(data.area!==void 0){let data24=data.area,_errs49=errors;if(errors===_errs49)if(data24&&typeof data24=="obj\
ect"&&!Array.isArray(data24)){let missing4;if(data24.cleanedM2===void 0&&(missing4="cleanedM2")||data24.reachableM2===void 0&&
(missing4="reachableM2"))return validate24.errors=[{instancePath:instancePath+"/area",schemaPath:"#/properties/area/requ\
ired",keyword:"required",params:{missingProperty:missing4},message:"must have required property '"+missing4+"'"}],!1;if(data24.
cleanedM2!==void 0){let data25=data24.cleanedM2,_errs51=errors;if(errors===_errs51)if(typeof data25=="number"&&isFinite(
data25)){if(data25>1e12||isNaN(data25))return validate24.errors=[{instancePath:instancePath+"/area/cleanedM2",schemaPath:"\
#/properties/area/properties/cleanedM2/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e12},message:"must be <\
= 1000000000000"}],!1;if(data25<0||isNaN(data25))return validate24.errors=[{instancePath:instancePath+"/area/cleanedM2",
schemaPath:"#/properties/area/properties/cleanedM2/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"\
must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+"/area/cleanedM2",schemaPath:"#/properties/\
area/properties/cleanedM2/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid4=_errs51===
errors}else var valid4=!0;if(valid4)if(data24.reachableM2!==void 0){let data26=data24.reachableM2,_errs53=errors;if(errors===
_errs53)if(typeof data26=="number"&&isFinite(data26)){if(data26>1e12||isNaN(data26))return validate24.errors=[{instancePath:instancePath+
"/area/reachableM2",schemaPath:"#/properties/area/properties/reachableM2/maximum",keyword:"maximum",params:{comparison:"\
<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data26<0||isNaN(data26))return validate24.errors=[{instancePath:instancePath+
"/area/reachableM2",schemaPath:"#/properties/area/properties/reachableM2/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:0},message:"must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+"/area/reachableM2",schemaPath:"\
#/properties/area/properties/reachableM2/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid4=_errs53===
errors}else var valid4=!0}else return validate24.errors=[{instancePath:instancePath+"/area",schemaPath:"#/properties/are\
a/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs49===errors}else var valid0=!0;
if(valid0){if(data.counters!==void 0){let data27=data.counters,_errs55=errors;if(errors===_errs55)if(data27&&typeof data27==
"object"&&!Array.isArray(data27)){let missing5;if(data27.stuck===void 0&&(missing5="stuck")||data27.recharges===void 0&&
(missing5="recharges")||data27.droppedEvents===void 0&&(missing5="droppedEvents"))return validate24.errors=[{instancePath:instancePath+
"/counters",schemaPath:"#/properties/counters/required",keyword:"required",params:{missingProperty:missing5},message:"mu\
st have required property '"+missing5+"'"}],!1;if(data27.stuck!==void 0){let data28=data27.stuck,_errs57=errors;if(!(typeof data28==
"number"&&!(data28%1)&&!isNaN(data28)&&isFinite(data28)))return validate24.errors=[{instancePath:instancePath+"/counters\
/stuck",schemaPath:"#/properties/counters/properties/stuck/type",keyword:"type",params:{type:"integer"},message:"must be\
 integer"}],!1;if(errors===_errs57&&typeof data28=="number"&&isFinite(data28)){if(data28>9007199254740991||isNaN(data28))
return validate24.errors=[{instancePath:instancePath+"/counters/stuck",schemaPath:"#/properties/counters/properties/stuc\
k/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;
if(data28<0||isNaN(data28))return validate24.errors=[{instancePath:instancePath+"/counters/stuck",schemaPath:"#/properti\
es/counters/properties/stuck/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid5=_errs57===
errors}else var valid5=!0;if(valid5){if(data27.recharges!==void 0){let data29=data27.recharges,_errs59=errors;if(!(typeof data29==
"number"&&!(data29%1)&&!isNaN(data29)&&isFinite(data29)))return validate24.errors=[{instancePath:instancePath+"/counters\
/recharges",schemaPath:"#/properties/counters/properties/recharges/type",keyword:"type",params:{type:"integer"},message:"\
must be integer"}],!1;if(errors===_errs59&&typeof data29=="number"&&isFinite(data29)){if(data29>9007199254740991||isNaN(
data29))return validate24.errors=[{instancePath:instancePath+"/counters/recharges",schemaPath:"#/properties/counters/pro\
perties/recharges/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199\
254740991"}],!1;if(data29<0||isNaN(data29))return validate24.errors=[{instancePath:instancePath+"/counters/recharges",schemaPath:"\
#/properties/counters/properties/recharges/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be \
>= 0"}],!1}var valid5=_errs59===errors}else var valid5=!0;if(valid5)if(data27.droppedEvents!==void 0){let data30=data27.
droppedEvents,_errs61=errors;if(!(typeof data30=="number"&&!(data30%1)&&!isNaN(data30)&&isFinite(data30)))return validate24.
errors=[{instancePath:instancePath+"/counters/droppedEvents",schemaPath:"#/properties/counters/properties/droppedEvents/\
type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs61&&typeof data30=="number"&&
isFinite(data30)){if(data30>9007199254740991||isNaN(data30))return validate24.errors=[{instancePath:instancePath+"/count\
ers/droppedEvents",schemaPath:"#/properties/counters/properties/droppedEvents/maximum",keyword:"maximum",params:{comparison:"\
<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data30<0||isNaN(data30))return validate24.errors=
[{instancePath:instancePath+"/counters/droppedEvents",schemaPath:"#/properties/counters/properties/droppedEvents/minimum",
keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid5=_errs61===errors}else var valid5=!0}}else
return validate24.errors=[{instancePath:instancePath+"/counters",schemaPath:"#/properties/counters/type",keyword:"type",
params:{type:"object"},message:"must be object"}],!1;var valid0=_errs55===errors}else var valid0=!0;if(valid0){if(data.batteryPct!==
void 0){let data31=data.batteryPct,_errs63=errors;if(errors===_errs63)if(typeof data31=="number"&&isFinite(data31)){if(data31>
100||isNaN(data31))return validate24.errors=[{instancePath:instancePath+"/batteryPct",schemaPath:"#/properties/batteryPc\
t/maximum",keyword:"maximum",params:{comparison:"<=",limit:100},message:"must be <= 100"}],!1;if(data31<0||isNaN(data31))
return validate24.errors=[{instancePath:instancePath+"/batteryPct",schemaPath:"#/properties/batteryPct/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+
"/batteryPct",schemaPath:"#/properties/batteryPct/type",keyword:"type",params:{type:"number"},message:"must be number"}],
!1;var valid0=_errs63===errors}else var valid0=!0;if(valid0){if(data.events!==void 0){let data32=data.events,_errs65=errors;
if(errors===_errs65)if(Array.isArray(data32)){if(data32.length>200)return validate24.errors=[{instancePath:instancePath+
"/events",schemaPath:"#/properties/events/maxItems",keyword:"maxItems",params:{limit:200},message:"must NOT have more th\
an 200 items"}],!1;{var valid6=!0;let len0=data32.length;for(let i0=0;i0<len0;i0++){let data33=data32[i0],_errs67=errors;
if(errors===_errs67)if(data33&&typeof data33=="object"&&!Array.isArray(data33)){let missing6;if(data33.seq===void 0&&(missing6=
"seq")||data33.type===void 0&&(missing6="type")||data33.atS===void 0&&(missing6="atS"))return validate24.errors=[{instancePath:instancePath+
"/events/"+i0,schemaPath:"#/properties/events/items/required",keyword:"required",params:{missingProperty:missing6},message:"\
must have required property '"+missing6+"'"}],!1;if(data33.seq!==void 0){let data34=data33.seq,_errs69=errors;if(!(typeof data34==
"number"&&!(data34%1)&&!isNaN(data34)&&isFinite(data34)))return validate24.errors=[{instancePath:instancePath+"/events/"+
i0+"/seq",schemaPath:"#/properties/events/items/properties/seq/type",keyword:"type",params:{type:"integer"},message:"mus\
t be integer"}],!1;if(errors===_errs69&&typeof data34=="number"&&isFinite(data34)){if(data34>9007199254740991||isNaN(data34))
return validate24.errors=[{instancePath:instancePath+"/events/"+i0+"/seq",schemaPath:"#/properties/events/items/properti\
es/seq/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],
!1;if(data34<0||isNaN(data34))return validate24.errors=[{instancePath:instancePath+"/events/"+i0+"/seq",schemaPath:"#/pr\
operties/events/items/properties/seq/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],
!1}var valid7=_errs69===errors}else var valid7=!0;if(valid7){if(data33.type!==void 0){let data35=data33.type,_errs71=errors;
if(errors===_errs71)if(typeof data35=="string"){if(func2(data35)>40)return validate24.errors=[{instancePath:instancePath+
"/events/"+i0+"/type",schemaPath:"#/properties/events/items/properties/type/maxLength",keyword:"maxLength",params:{limit:40},
message:"must NOT have more than 40 characters"}],!1;["started","stuck","freed","paused","recharge","resumed","error","e\
nded"].includes(data35)||(data33.type="unknown")}else return validate24.errors=[{instancePath:instancePath+"/events/"+i0+
"/type",schemaPath:"#/properties/events/items/properties/type/type",keyword:"type",params:{type:"string"},message:"must \
be string"}],!1;var valid7=_errs71===errors}else var valid7=!0;if(valid7){if(data33.atS!==void 0){let data36=data33.atS,
_errs73=errors;if(errors===_errs73)if(typeof data36=="number"&&isFinite(data36)){if(data36>1e12||isNaN(data36))return validate24.
errors=[{instancePath:instancePath+"/events/"+i0+"/atS",schemaPath:"#/properties/events/items/properties/atS/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data36<0||isNaN(data36))return validate24.
errors=[{instancePath:instancePath+"/events/"+i0+"/atS",schemaPath:"#/properties/events/items/properties/atS/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate24.errors=[{instancePath:instancePath+
"/events/"+i0+"/atS",schemaPath:"#/properties/events/items/properties/atS/type",keyword:"type",params:{type:"number"},message:"\
must be number"}],!1;var valid7=_errs73===errors}else var valid7=!0;if(valid7)if(data33.code!==void 0){let data37=data33.
code,_errs75=errors;if(!(typeof data37=="number"&&!(data37%1)&&!isNaN(data37)&&isFinite(data37)))return validate24.errors=
[{instancePath:instancePath+"/events/"+i0+"/code",schemaPath:"#/properties/events/items/properties/code/type",keyword:"t\
ype",params:{type:"integer"},message:"must be integer"}],!1;var valid7=_errs75===errors}else var valid7=!0}}}else return validate24.
errors=[{instancePath:instancePath+"/events/"+i0,schemaPath:"#/properties/events/items/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;var valid6=_errs67===errors;if(!valid6)break}}}else return validate24.errors=[{instancePath:instancePath+
"/events",schemaPath:"#/properties/events/type",keyword:"type",params:{type:"array"},message:"must be array"}],!1;var valid0=_errs65===
errors}else var valid0=!0;if(valid0)if(data.map!==void 0){let data38=data.map,_errs77=errors;if(errors===_errs77)if(data38&&
typeof data38=="object"&&!Array.isArray(data38)){let missing7;if(data38.id===void 0&&(missing7="id")||data38.size===void 0&&
(missing7="size")||data38.sha256===void 0&&(missing7="sha256")||data38.type===void 0&&(missing7="type"))return validate24.
errors=[{instancePath:instancePath+"/map",schemaPath:"#/properties/map/required",keyword:"required",params:{missingProperty:missing7},
message:"must have required property '"+missing7+"'"}],!1;if(data38.id!==void 0){let data39=data38.id,_errs79=errors;if(errors===
_errs79)if(typeof data39=="string"){if(!pattern1.test(data39))return validate24.errors=[{instancePath:instancePath+"/map\
/id",schemaPath:"#/properties/map/properties/id/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'\
must match pattern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate24.errors=[{instancePath:instancePath+"/map/id",schemaPath:"\
#/properties/map/properties/id/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid8=_errs79===
errors}else var valid8=!0;if(valid8){if(data38.size!==void 0){let data40=data38.size,_errs81=errors;if(!(typeof data40==
"number"&&!(data40%1)&&!isNaN(data40)&&isFinite(data40)))return validate24.errors=[{instancePath:instancePath+"/map/size",
schemaPath:"#/properties/map/properties/size/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;
if(errors===_errs81&&typeof data40=="number"&&isFinite(data40)){if(data40>16777216||isNaN(data40))return validate24.errors=
[{instancePath:instancePath+"/map/size",schemaPath:"#/properties/map/properties/size/maximum",keyword:"maximum",params:{
comparison:"<=",limit:16777216},message:"must be <= 16777216"}],!1;if(data40<1||isNaN(data40))return validate24.errors=[
{instancePath:instancePath+"/map/size",schemaPath:"#/properties/map/properties/size/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:1},message:"must be >= 1"}],!1}var valid8=_errs81===errors}else var valid8=!0;if(valid8){if(data38.sha256!==void 0){
let data41=data38.sha256,_errs83=errors;if(errors===_errs83)if(typeof data41=="string"){if(!pattern0.test(data41))return validate24.
errors=[{instancePath:instancePath+"/map/sha256",schemaPath:"#/properties/map/properties/sha256/pattern",keyword:"patter\
n",params:{pattern:"^[0-9a-f]{64}$"},message:'must match pattern "^[0-9a-f]{64}$"'}],!1}else return validate24.errors=[{
instancePath:instancePath+"/map/sha256",schemaPath:"#/properties/map/properties/sha256/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid8=_errs83===errors}else var valid8=!0;if(valid8)if(data38.type!==void 0){
let data42=data38.type,_errs85=errors;if(errors===_errs85)if(typeof data42=="string"){if(func2(data42)>64)return validate24.
errors=[{instancePath:instancePath+"/map/type",schemaPath:"#/properties/map/properties/type/maxLength",keyword:"maxLengt\
h",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate24.errors=[{instancePath:instancePath+
"/map/type",schemaPath:"#/properties/map/properties/type/type",keyword:"type",params:{type:"string"},message:"must be st\
ring"}],!1;var valid8=_errs85===errors}else var valid8=!0}}}else return validate24.errors=[{instancePath:instancePath+"/\
map",schemaPath:"#/properties/map/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs77===
errors}else var valid0=!0}}}}}}}}}}}}}}}}else return validate24.errors=[{instancePath,schemaPath:"#/type",keyword:"type",
params:{type:"object"},message:"must be object"}],!1;return validate24.errors=vErrors,errors===0}var MissionsParams=validate25;function validate25(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let _errs1=errors;for(let key0 in data)if(key0!=="all"){return validate25.
errors=[{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},
message:"must NOT have additional properties"}],!1;break}if(_errs1===errors&&data.all!==void 0&&typeof data.all!="boolea\
n")return validate25.errors=[{instancePath:instancePath+"/all",schemaPath:"#/properties/all/type",keyword:"type",params:{
type:"boolean"},message:"must be boolean"}],!1}else return validate25.errors=[{instancePath,schemaPath:"#/type",keyword:"\
type",params:{type:"object"},message:"must be object"}],!1;return validate25.errors=vErrors,errors===0}var MissionsRequest=validate26;var pattern20=new RegExp("^[0-9a-f]{16}$","u");function validate26(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){
let vErrors=null,errors=0;if(errors===0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&
(missing0="v")||data.epoch===void 0&&(missing0="epoch")||data.from===void 0&&(missing0="from")||data.to===void 0&&(missing0=
"to"))return validate26.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},
message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0==
"number"&&isFinite(data0)))return validate26.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate26.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;
var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.epoch!==void 0){let data1=data.epoch,_errs3=errors;if(errors===
_errs3)if(typeof data1=="string"){if(!pattern20.test(data1))return validate26.errors=[{instancePath:instancePath+"/epoch",
schemaPath:"#/properties/epoch/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}$"},message:'must match pattern \
"^[0-9a-f]{16}$"'}],!1}else return validate26.errors=[{instancePath:instancePath+"/epoch",schemaPath:"#/properties/epoch\
/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;
if(valid0){if(data.from!==void 0){let data2=data.from,_errs5=errors;if(!(typeof data2=="number"&&!(data2%1)&&!isNaN(data2)&&
isFinite(data2)))return validate26.errors=[{instancePath:instancePath+"/from",schemaPath:"#/properties/from/type",keyword:"\
type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs5&&typeof data2=="number"&&isFinite(data2)){
if(data2>9007199254740991||isNaN(data2))return validate26.errors=[{instancePath:instancePath+"/from",schemaPath:"#/prope\
rties/from/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 90071992547409\
91"}],!1;if(data2<0||isNaN(data2))return validate26.errors=[{instancePath:instancePath+"/from",schemaPath:"#/properties/\
from/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs5===errors}else
var valid0=!0;if(valid0)if(data.to!==void 0){let data3=data.to,_errs7=errors;if(!(typeof data3=="number"&&!(data3%1)&&!isNaN(
data3)&&isFinite(data3)))return validate26.errors=[{instancePath:instancePath+"/to",schemaPath:"#/properties/to/type",keyword:"\
type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs7&&typeof data3=="number"&&isFinite(data3)){
if(data3>9007199254740991||isNaN(data3))return validate26.errors=[{instancePath:instancePath+"/to",schemaPath:"#/propert\
ies/to/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],
!1;if(data3<0||isNaN(data3))return validate26.errors=[{instancePath:instancePath+"/to",schemaPath:"#/properties/to/minim\
um",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs7===errors}else var valid0=!0}}}else
return validate26.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate26.errors=vErrors,errors===0}var ProvisioningRejected=validate27;function validate27(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.statusCode===void 0&&(missing0="statusCode")||
data.errorCode===void 0&&(missing0="errorCode"))return validate27.errors=[{instancePath,schemaPath:"#/required",keyword:"\
required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.statusCode!==
void 0){let data0=data.statusCode,_errs1=errors;if(!(typeof data0=="number"&&!(data0%1)&&!isNaN(data0)&&isFinite(data0)))
return validate27.errors=[{instancePath:instancePath+"/statusCode",schemaPath:"#/properties/statusCode/type",keyword:"ty\
pe",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs1&&typeof data0=="number"&&isFinite(data0)){
if(data0>999||isNaN(data0))return validate27.errors=[{instancePath:instancePath+"/statusCode",schemaPath:"#/properties/s\
tatusCode/maximum",keyword:"maximum",params:{comparison:"<=",limit:999},message:"must be <= 999"}],!1;if(data0<0||isNaN(
data0))return validate27.errors=[{instancePath:instancePath+"/statusCode",schemaPath:"#/properties/statusCode/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs1===errors}else var valid0=!0;if(valid0){
if(data.errorCode!==void 0){let data1=data.errorCode,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(func2(
data1)>64)return validate27.errors=[{instancePath:instancePath+"/errorCode",schemaPath:"#/properties/errorCode/maxLength",
keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate27.errors=
[{instancePath:instancePath+"/errorCode",schemaPath:"#/properties/errorCode/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0)if(data.errorMessage!==void 0){let data2=data.
errorMessage,_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(func2(data2)>1024)return validate27.errors=[
{instancePath:instancePath+"/errorMessage",schemaPath:"#/properties/errorMessage/maxLength",keyword:"maxLength",params:{
limit:1024},message:"must NOT have more than 1024 characters"}],!1}else return validate27.errors=[{instancePath:instancePath+
"/errorMessage",schemaPath:"#/properties/errorMessage/type",keyword:"type",params:{type:"string"},message:"must be strin\
g"}],!1;var valid0=_errs5===errors}else var valid0=!0}}else return validate27.errors=[{instancePath,schemaPath:"#/type",
keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate27.errors=vErrors,errors===0}var RenewParams=validate28;function validate28(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let _errs1=errors;for(let key0 in data)if(key0!=="rotateKey"){return validate28.
errors=[{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},
message:"must NOT have additional properties"}],!1;break}if(_errs1===errors&&data.rotateKey!==void 0&&typeof data.rotateKey!=
"boolean")return validate28.errors=[{instancePath:instancePath+"/rotateKey",schemaPath:"#/properties/rotateKey/type",keyword:"\
type",params:{type:"boolean"},message:"must be boolean"}],!1}else return validate28.errors=[{instancePath,schemaPath:"#/\
type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate28.errors=vErrors,errors===0}var ReportList=validate29;function validate29(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.reports===
void 0&&(missing0="reports"))return validate29.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,
_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate29.errors=[{instancePath:instancePath+"/v",schemaPath:"\
#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate29.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"\
must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.reports!==void 0){let data1=data.
reports,_errs3=errors;if(errors===_errs3)if(Array.isArray(data1)){if(data1.length>64)return validate29.errors=[{instancePath:instancePath+
"/reports",schemaPath:"#/properties/reports/maxItems",keyword:"maxItems",params:{limit:64},message:"must NOT have more t\
han 64 items"}],!1;if(data1.length<1)return validate29.errors=[{instancePath:instancePath+"/reports",schemaPath:"#/prope\
rties/reports/minItems",keyword:"minItems",params:{limit:1},message:"must NOT have fewer than 1 items"}],!1;{var valid1=!0;
let len0=data1.length;for(let i0=0;i0<len0;i0++){let data2=data1[i0],_errs5=errors;if(errors===_errs5)if(data2&&typeof data2==
"object"&&!Array.isArray(data2)){let missing1;if(data2.v===void 0&&(missing1="v")||data2.missionId===void 0&&(missing1="\
missionId")||data2.ended===void 0&&(missing1="ended")||data2.boot===void 0&&(missing1="boot")||data2.revision===void 0&&
(missing1="revision")||data2.phase===void 0&&(missing1="phase")||data2.initiator===void 0&&(missing1="initiator")||data2.
started===void 0&&(missing1="started")||data2.updated===void 0&&(missing1="updated")||data2.durations===void 0&&(missing1=
"durations")||data2.area===void 0&&(missing1="area")||data2.counters===void 0&&(missing1="counters")||data2.batteryPct===
void 0&&(missing1="batteryPct")||data2.events===void 0&&(missing1="events"))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0,schemaPath:"#/properties/reports/items/required",keyword:"required",params:{missingProperty:missing1},message:"\
must have required property '"+missing1+"'"}],!1;if(data2.v!==void 0){let data3=data2.v,_errs7=errors;if(!(typeof data3==
"number"&&isFinite(data3)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/v",schemaPath:"#/proper\
ties/reports/items/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data3!==1)return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/v",schemaPath:"#/properties/reports/items/properties/v/const",keyword:"\
const",params:{allowedValue:1},message:"must be equal to constant"}],!1;var valid2=_errs7===errors}else var valid2=!0;if(valid2){
if(data2.missionId!==void 0){let data4=data2.missionId,_errs9=errors;if(errors===_errs9)if(typeof data4=="string"){if(!pattern7.
test(data4))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/missionId",schemaPath:"#/properties/re\
ports/items/properties/missionId/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'\
must match pattern "^[0-9a-f]{16}-[1-9][0-9]{0,14}$"'}],!1}else return validate29.errors=[{instancePath:instancePath+"/r\
eports/"+i0+"/missionId",schemaPath:"#/properties/reports/items/properties/missionId/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid2=_errs9===errors}else var valid2=!0;if(valid2){if(data2.bodyMission!==void 0){
let data5=data2.bodyMission,_errs11=errors;if(errors===_errs11)if(typeof data5=="string"){if(!pattern1.test(data5))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/bodyMission",schemaPath:"#/properties/reports/items/properties/bodyM\
ission/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[A-Za-z0-9_-]{1\
,64}$"'}],!1}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/bodyMission",schemaPath:"#/prope\
rties/reports/items/properties/bodyMission/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs11===
errors}else var valid2=!0;if(valid2){if(data2.ended!==void 0){let _errs13=errors;if(typeof data2.ended!="boolean")return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/ended",schemaPath:"#/properties/reports/items/properties/ended/type",
keyword:"type",params:{type:"boolean"},message:"must be boolean"}],!1;var valid2=_errs13===errors}else var valid2=!0;if(valid2){
if(data2.boot!==void 0){let data7=data2.boot,_errs15=errors;if(!(typeof data7=="number"&&!(data7%1)&&!isNaN(data7)&&isFinite(
data7)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/boot",schemaPath:"#/properties/reports/ite\
ms/properties/boot/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs15&&typeof data7==
"number"&&isFinite(data7)){if(data7>9007199254740991||isNaN(data7))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/boot",schemaPath:"#/properties/reports/items/properties/boot/maximum",keyword:"maximum",params:{comparison:"\
<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data7<0||isNaN(data7))return validate29.errors=
[{instancePath:instancePath+"/reports/"+i0+"/boot",schemaPath:"#/properties/reports/items/properties/boot/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid2=_errs15===errors}else var valid2=!0;if(valid2){
if(data2.revision!==void 0){let data8=data2.revision,_errs17=errors;if(!(typeof data8=="number"&&!(data8%1)&&!isNaN(data8)&&
isFinite(data8)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/revision",schemaPath:"#/propertie\
s/reports/items/properties/revision/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===
_errs17&&typeof data8=="number"&&isFinite(data8)){if(data8>9007199254740991||isNaN(data8))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/revision",schemaPath:"#/properties/reports/items/properties/revision/maximum",keyword:"maximum",params:{
comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data8<0||isNaN(data8))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/revision",schemaPath:"#/properties/reports/items/properties/revision\
/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid2=_errs17===errors}else
var valid2=!0;if(valid2){if(data2.phase!==void 0){let data9=data2.phase,_errs19=errors;if(errors===_errs19)if(typeof data9==
"string"){if(func2(data9)>40)return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/phase",schemaPath:"#/\
properties/reports/items/properties/phase/maxLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more t\
han 40 characters"}],!1;["charge","run","pause","stuck","hmMidMsn","recharge","hmPostMsn","stop"].includes(data9)||(data2.
phase="unknown")}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/phase",schemaPath:"#/propert\
ies/reports/items/properties/phase/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs19===
errors}else var valid2=!0;if(valid2){if(data2.outcome!==void 0){let data10=data2.outcome,_errs21=errors;if(errors===_errs21)
if(typeof data10=="string"){if(func2(data10)>40)return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/ou\
tcome",schemaPath:"#/properties/reports/items/properties/outcome/maxLength",keyword:"maxLength",params:{limit:40},message:"\
must NOT have more than 40 characters"}],!1;["completed","stopped","stuck","interrupted","failed"].includes(data10)||(data2.
outcome="unknown")}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/outcome",schemaPath:"#/pro\
perties/reports/items/properties/outcome/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs21===
errors}else var valid2=!0;if(valid2){if(data2.initiator!==void 0){let data11=data2.initiator,_errs23=errors;if(errors===
_errs23)if(typeof data11=="string"){if(func2(data11)>40)return validate29.errors=[{instancePath:instancePath+"/reports/"+
i0+"/initiator",schemaPath:"#/properties/reports/items/properties/initiator/maxLength",keyword:"maxLength",params:{limit:40},
message:"must NOT have more than 40 characters"}],!1;["cloud","local","schedule","button"].includes(data11)||(data2.initiator=
"unknown")}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/initiator",schemaPath:"#/propertie\
s/reports/items/properties/initiator/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs23===
errors}else var valid2=!0;if(valid2){if(data2.started!==void 0){let data12=data2.started,_errs25=errors;if(errors===_errs25)
if(data12&&typeof data12=="object"&&!Array.isArray(data12)){let missing2;if(data12.wallMs===void 0&&(missing2="wallMs")||
data12.quality===void 0&&(missing2="quality")||data12.boot===void 0&&(missing2="boot")||data12.monoMs===void 0&&(missing2=
"monoMs"))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started",schemaPath:"#/properties/report\
s/items/properties/started/required",keyword:"required",params:{missingProperty:missing2},message:"must have required pr\
operty '"+missing2+"'"}],!1;if(data12.wallMs!==void 0){let data13=data12.wallMs,_errs27=errors;if(!(typeof data13=="numb\
er"&&!(data13%1)&&!isNaN(data13)&&isFinite(data13)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+
"/started/wallMs",schemaPath:"#/properties/reports/items/properties/started/properties/wallMs/type",keyword:"type",params:{
type:"integer"},message:"must be integer"}],!1;if(errors===_errs27&&typeof data13=="number"&&isFinite(data13)){if(data13>
864e13||isNaN(data13))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started/wallMs",schemaPath:"\
#/properties/reports/items/properties/started/properties/wallMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},
message:"must be <= 8640000000000000"}],!1;if(data13<0||isNaN(data13))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/started/wallMs",schemaPath:"#/properties/reports/items/properties/started/properties/wallMs/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid3=_errs27===errors}else var valid3=!0;if(valid3){
if(data12.quality!==void 0){let data14=data12.quality,_errs29=errors;if(errors===_errs29)if(typeof data14=="string"){if(func2(
data14)>40)return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started/quality",schemaPath:"#/properti\
es/reports/items/properties/started/properties/quality/maxLength",keyword:"maxLength",params:{limit:40},message:"must NO\
T have more than 40 characters"}],!1;["synced","floor","unset"].includes(data14)||(data12.quality="unknown")}else return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/started/quality",schemaPath:"#/properties/reports/items/properties/s\
tarted/properties/quality/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid3=_errs29===
errors}else var valid3=!0;if(valid3){if(data12.boot!==void 0){let data15=data12.boot,_errs31=errors;if(!(typeof data15==
"number"&&!(data15%1)&&!isNaN(data15)&&isFinite(data15)))return validate29.errors=[{instancePath:instancePath+"/reports/"+
i0+"/started/boot",schemaPath:"#/properties/reports/items/properties/started/properties/boot/type",keyword:"type",params:{
type:"integer"},message:"must be integer"}],!1;if(errors===_errs31&&typeof data15=="number"&&isFinite(data15)){if(data15>
9007199254740991||isNaN(data15))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started/boot",schemaPath:"\
#/properties/reports/items/properties/started/properties/boot/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data15<0||isNaN(data15))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/started/boot",schemaPath:"#/properties/reports/items/properties/started/properties/boot/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid3=_errs31===errors}else var valid3=!0;if(valid3)
if(data12.monoMs!==void 0){let data16=data12.monoMs,_errs33=errors;if(!(typeof data16=="number"&&!(data16%1)&&!isNaN(data16)&&
isFinite(data16)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started/monoMs",schemaPath:"#/pr\
operties/reports/items/properties/started/properties/monoMs/type",keyword:"type",params:{type:"integer"},message:"must b\
e integer"}],!1;if(errors===_errs33&&typeof data16=="number"&&isFinite(data16)){if(data16>9007199254740991||isNaN(data16))
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started/monoMs",schemaPath:"#/properties/reports/i\
tems/properties/started/properties/monoMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"\
must be <= 9007199254740991"}],!1;if(data16<0||isNaN(data16))return validate29.errors=[{instancePath:instancePath+"/repo\
rts/"+i0+"/started/monoMs",schemaPath:"#/properties/reports/items/properties/started/properties/monoMs/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid3=_errs33===errors}else var valid3=!0}}}else
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/started",schemaPath:"#/properties/reports/items/pr\
operties/started/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid2=_errs25===errors}else
var valid2=!0;if(valid2){if(data2.updated!==void 0){let data17=data2.updated,_errs35=errors;if(errors===_errs35)if(data17&&
typeof data17=="object"&&!Array.isArray(data17)){let missing3;if(data17.wallMs===void 0&&(missing3="wallMs")||data17.quality===
void 0&&(missing3="quality")||data17.boot===void 0&&(missing3="boot")||data17.monoMs===void 0&&(missing3="monoMs"))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/updated",schemaPath:"#/properties/reports/items/properties/updated/r\
equired",keyword:"required",params:{missingProperty:missing3},message:"must have required property '"+missing3+"'"}],!1;
if(data17.wallMs!==void 0){let data18=data17.wallMs,_errs37=errors;if(!(typeof data18=="number"&&!(data18%1)&&!isNaN(data18)&&
isFinite(data18)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/wallMs",schemaPath:"#/pr\
operties/reports/items/properties/updated/properties/wallMs/type",keyword:"type",params:{type:"integer"},message:"must b\
e integer"}],!1;if(errors===_errs37&&typeof data18=="number"&&isFinite(data18)){if(data18>864e13||isNaN(data18))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/wallMs",schemaPath:"#/properties/reports/items/properties/up\
dated/properties/wallMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},message:"must be <= 86400000000\
00000"}],!1;if(data18<0||isNaN(data18))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/wal\
lMs",schemaPath:"#/properties/reports/items/properties/updated/properties/wallMs/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:0},message:"must be >= 0"}],!1}var valid4=_errs37===errors}else var valid4=!0;if(valid4){if(data17.quality!==void 0){
let data19=data17.quality,_errs39=errors;if(errors===_errs39)if(typeof data19=="string"){if(func2(data19)>40)return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/quality",schemaPath:"#/properties/reports/items/properties/u\
pdated/properties/quality/maxLength",keyword:"maxLength",params:{limit:40},message:"must NOT have more than 40 character\
s"}],!1;["synced","floor","unset"].includes(data19)||(data17.quality="unknown")}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/updated/quality",schemaPath:"#/properties/reports/items/properties/updated/properties/quality/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1;var valid4=_errs39===errors}else var valid4=!0;if(valid4){if(data17.
boot!==void 0){let data20=data17.boot,_errs41=errors;if(!(typeof data20=="number"&&!(data20%1)&&!isNaN(data20)&&isFinite(
data20)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/boot",schemaPath:"#/properties/re\
ports/items/properties/updated/properties/boot/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],
!1;if(errors===_errs41&&typeof data20=="number"&&isFinite(data20)){if(data20>9007199254740991||isNaN(data20))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/boot",schemaPath:"#/properties/reports/items/properties/upda\
ted/properties/boot/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 90071\
99254740991"}],!1;if(data20<0||isNaN(data20))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/updat\
ed/boot",schemaPath:"#/properties/reports/items/properties/updated/properties/boot/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:0},message:"must be >= 0"}],!1}var valid4=_errs41===errors}else var valid4=!0;if(valid4)if(data17.monoMs!==void 0){
let data21=data17.monoMs,_errs43=errors;if(!(typeof data21=="number"&&!(data21%1)&&!isNaN(data21)&&isFinite(data21)))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/monoMs",schemaPath:"#/properties/reports/items/properties/up\
dated/properties/monoMs/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs43&&
typeof data21=="number"&&isFinite(data21)){if(data21>9007199254740991||isNaN(data21))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/updated/monoMs",schemaPath:"#/properties/reports/items/properties/updated/properties/monoMs/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data21<0||isNaN(data21))
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/updated/monoMs",schemaPath:"#/properties/reports/i\
tems/properties/updated/properties/monoMs/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >\
= 0"}],!1}var valid4=_errs43===errors}else var valid4=!0}}}else return validate29.errors=[{instancePath:instancePath+"/r\
eports/"+i0+"/updated",schemaPath:"#/properties/reports/items/properties/updated/type",keyword:"type",params:{type:"obje\
ct"},message:"must be object"}],!1;var valid2=_errs35===errors}else var valid2=!0;if(valid2){if(data2.durations!==void 0){
let data22=data2.durations,_errs45=errors;if(errors===_errs45)if(data22&&typeof data22=="object"&&!Array.isArray(data22)){
let missing4;if(data22.runS===void 0&&(missing4="runS")||data22.pauseS===void 0&&(missing4="pauseS")||data22.chargeS===void 0&&
(missing4="chargeS")||data22.clockSpeed===void 0&&(missing4="clockSpeed"))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/durations",schemaPath:"#/properties/reports/items/properties/durations/required",keyword:"required",params:{
missingProperty:missing4},message:"must have required property '"+missing4+"'"}],!1;if(data22.runS!==void 0){let data23=data22.
runS,_errs47=errors;if(errors===_errs47)if(typeof data23=="number"&&isFinite(data23)){if(data23>1e12||isNaN(data23))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/runS",schemaPath:"#/properties/reports/items/properties/du\
rations/properties/runS/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],
!1;if(data23<0||isNaN(data23))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/runS",schemaPath:"\
#/properties/reports/items/properties/durations/properties/runS/minimum",keyword:"minimum",params:{comparison:">=",limit:0},
message:"must be >= 0"}],!1}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/runS",schemaPath:"\
#/properties/reports/items/properties/durations/properties/runS/type",keyword:"type",params:{type:"number"},message:"mus\
t be number"}],!1;var valid5=_errs47===errors}else var valid5=!0;if(valid5){if(data22.pauseS!==void 0){let data24=data22.
pauseS,_errs49=errors;if(errors===_errs49)if(typeof data24=="number"&&isFinite(data24)){if(data24>1e12||isNaN(data24))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/pauseS",schemaPath:"#/properties/reports/items/properties/\
durations/properties/pauseS/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 100000000\
0000"}],!1;if(data24<0||isNaN(data24))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/pa\
useS",schemaPath:"#/properties/reports/items/properties/durations/properties/pauseS/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:0},message:"must be >= 0"}],!1}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/dura\
tions/pauseS",schemaPath:"#/properties/reports/items/properties/durations/properties/pauseS/type",keyword:"type",params:{
type:"number"},message:"must be number"}],!1;var valid5=_errs49===errors}else var valid5=!0;if(valid5){if(data22.chargeS!==
void 0){let data25=data22.chargeS,_errs51=errors;if(errors===_errs51)if(typeof data25=="number"&&isFinite(data25)){if(data25>
1e12||isNaN(data25))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/chargeS",schemaPath:"\
#/properties/reports/items/properties/durations/properties/chargeS/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e12},
message:"must be <= 1000000000000"}],!1;if(data25<0||isNaN(data25))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/durations/chargeS",schemaPath:"#/properties/reports/items/properties/durations/properties/chargeS/minim\
um",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/durations/chargeS",schemaPath:"#/properties/reports/items/properties/durations/properties/chargeS/type",
keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid5=_errs51===errors}else var valid5=!0;if(valid5)
if(data22.clockSpeed!==void 0){let data26=data22.clockSpeed,_errs53=errors;if(errors===_errs53)if(typeof data26=="number"&&
isFinite(data26)){if(data26>1e12||isNaN(data26))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/du\
rations/clockSpeed",schemaPath:"#/properties/reports/items/properties/durations/properties/clockSpeed/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data26<0||isNaN(data26))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/clockSpeed",schemaPath:"#/properties/reports/items/propert\
ies/durations/properties/clockSpeed/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],
!1}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/durations/clockSpeed",schemaPath:"#/proper\
ties/reports/items/properties/durations/properties/clockSpeed/type",keyword:"type",params:{type:"number"},message:"must \
be number"}],!1;var valid5=_errs53===errors}else var valid5=!0}}}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/durations",schemaPath:"#/properties/reports/items/properties/durations/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;var valid2=_errs45===errors}else var valid2=!0;if(valid2){if(data2.area!==void 0){
let data27=data2.area,_errs55=errors;if(errors===_errs55)if(data27&&typeof data27=="object"&&!Array.isArray(data27)){let missing5;
if(data27.cleanedM2===void 0&&(missing5="cleanedM2")||data27.reachableM2===void 0&&(missing5="reachableM2"))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/area",schemaPath:"#/properties/reports/items/properties/area/require\
d",keyword:"required",params:{missingProperty:missing5},message:"must have required property '"+missing5+"'"}],!1;if(data27.
cleanedM2!==void 0){let data28=data27.cleanedM2,_errs57=errors;if(errors===_errs57)if(typeof data28=="number"&&isFinite(
data28)){if(data28>1e12||isNaN(data28))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/area/cleane\
dM2",schemaPath:"#/properties/reports/items/properties/area/properties/cleanedM2/maximum",keyword:"maximum",params:{comparison:"\
<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data28<0||isNaN(data28))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/area/cleanedM2",schemaPath:"#/properties/reports/items/properties/area/properties/cleanedM2/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/area/cleanedM2",schemaPath:"#/properties/reports/items/properties/area/properties/cleanedM2/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;var valid6=_errs57===errors}else var valid6=!0;if(valid6)if(data27.
reachableM2!==void 0){let data29=data27.reachableM2,_errs59=errors;if(errors===_errs59)if(typeof data29=="number"&&isFinite(
data29)){if(data29>1e12||isNaN(data29))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/area/reacha\
bleM2",schemaPath:"#/properties/reports/items/properties/area/properties/reachableM2/maximum",keyword:"maximum",params:{
comparison:"<=",limit:1e12},message:"must be <= 1000000000000"}],!1;if(data29<0||isNaN(data29))return validate29.errors=
[{instancePath:instancePath+"/reports/"+i0+"/area/reachableM2",schemaPath:"#/properties/reports/items/properties/area/pr\
operties/reachableM2/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/area/reachableM2",schemaPath:"#/properties/reports/items/properties/\
area/properties/reachableM2/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid6=_errs59===
errors}else var valid6=!0}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/area",schemaPath:"#\
/properties/reports/items/properties/area/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid2=_errs55===
errors}else var valid2=!0;if(valid2){if(data2.counters!==void 0){let data30=data2.counters,_errs61=errors;if(errors===_errs61)
if(data30&&typeof data30=="object"&&!Array.isArray(data30)){let missing6;if(data30.stuck===void 0&&(missing6="stuck")||data30.
recharges===void 0&&(missing6="recharges")||data30.droppedEvents===void 0&&(missing6="droppedEvents"))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/counters",schemaPath:"#/properties/reports/items/properties/counters\
/required",keyword:"required",params:{missingProperty:missing6},message:"must have required property '"+missing6+"'"}],!1;
if(data30.stuck!==void 0){let data31=data30.stuck,_errs63=errors;if(!(typeof data31=="number"&&!(data31%1)&&!isNaN(data31)&&
isFinite(data31)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/counters/stuck",schemaPath:"#/pr\
operties/reports/items/properties/counters/properties/stuck/type",keyword:"type",params:{type:"integer"},message:"must b\
e integer"}],!1;if(errors===_errs63&&typeof data31=="number"&&isFinite(data31)){if(data31>9007199254740991||isNaN(data31))
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/counters/stuck",schemaPath:"#/properties/reports/i\
tems/properties/counters/properties/stuck/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"\
must be <= 9007199254740991"}],!1;if(data31<0||isNaN(data31))return validate29.errors=[{instancePath:instancePath+"/repo\
rts/"+i0+"/counters/stuck",schemaPath:"#/properties/reports/items/properties/counters/properties/stuck/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid7=_errs63===errors}else var valid7=!0;if(valid7){
if(data30.recharges!==void 0){let data32=data30.recharges,_errs65=errors;if(!(typeof data32=="number"&&!(data32%1)&&!isNaN(
data32)&&isFinite(data32)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/counters/recharges",schemaPath:"\
#/properties/reports/items/properties/counters/properties/recharges/type",keyword:"type",params:{type:"integer"},message:"\
must be integer"}],!1;if(errors===_errs65&&typeof data32=="number"&&isFinite(data32)){if(data32>9007199254740991||isNaN(
data32))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/counters/recharges",schemaPath:"#/properti\
es/reports/items/properties/counters/properties/recharges/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data32<0||isNaN(data32))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/counters/recharges",schemaPath:"#/properties/reports/items/properties/counters/properties/recharges/min\
imum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid7=_errs65===errors}else var valid7=!0;
if(valid7)if(data30.droppedEvents!==void 0){let data33=data30.droppedEvents,_errs67=errors;if(!(typeof data33=="number"&&
!(data33%1)&&!isNaN(data33)&&isFinite(data33)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/cou\
nters/droppedEvents",schemaPath:"#/properties/reports/items/properties/counters/properties/droppedEvents/type",keyword:"\
type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs67&&typeof data33=="number"&&isFinite(data33)){
if(data33>9007199254740991||isNaN(data33))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/counters\
/droppedEvents",schemaPath:"#/properties/reports/items/properties/counters/properties/droppedEvents/maximum",keyword:"ma\
ximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data33<0||isNaN(data33))
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/counters/droppedEvents",schemaPath:"#/properties/r\
eports/items/properties/counters/properties/droppedEvents/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"\
must be >= 0"}],!1}var valid7=_errs67===errors}else var valid7=!0}}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/counters",schemaPath:"#/properties/reports/items/properties/counters/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;var valid2=_errs61===errors}else var valid2=!0;if(valid2){if(data2.batteryPct!==void 0){
let data34=data2.batteryPct,_errs69=errors;if(errors===_errs69)if(typeof data34=="number"&&isFinite(data34)){if(data34>100||
isNaN(data34))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/batteryPct",schemaPath:"#/properties\
/reports/items/properties/batteryPct/maximum",keyword:"maximum",params:{comparison:"<=",limit:100},message:"must be <= 1\
00"}],!1;if(data34<0||isNaN(data34))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/batteryPct",schemaPath:"\
#/properties/reports/items/properties/batteryPct/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"mu\
st be >= 0"}],!1}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/batteryPct",schemaPath:"#/pr\
operties/reports/items/properties/batteryPct/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid2=_errs69===
errors}else var valid2=!0;if(valid2){if(data2.events!==void 0){let data35=data2.events,_errs71=errors;if(errors===_errs71)
if(Array.isArray(data35)){if(data35.length>200)return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/eve\
nts",schemaPath:"#/properties/reports/items/properties/events/maxItems",keyword:"maxItems",params:{limit:200},message:"m\
ust NOT have more than 200 items"}],!1;{var valid8=!0;let len1=data35.length;for(let i1=0;i1<len1;i1++){let data36=data35[i1],
_errs73=errors;if(errors===_errs73)if(data36&&typeof data36=="object"&&!Array.isArray(data36)){let missing7;if(data36.seq===
void 0&&(missing7="seq")||data36.type===void 0&&(missing7="type")||data36.atS===void 0&&(missing7="atS"))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1,schemaPath:"#/properties/reports/items/properties/events\
/items/required",keyword:"required",params:{missingProperty:missing7},message:"must have required property '"+missing7+"\
'"}],!1;if(data36.seq!==void 0){let data37=data36.seq,_errs75=errors;if(!(typeof data37=="number"&&!(data37%1)&&!isNaN(data37)&&
isFinite(data37)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1+"/seq",schemaPath:"#\
/properties/reports/items/properties/events/items/properties/seq/type",keyword:"type",params:{type:"integer"},message:"m\
ust be integer"}],!1;if(errors===_errs75&&typeof data37=="number"&&isFinite(data37)){if(data37>9007199254740991||isNaN(data37))
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1+"/seq",schemaPath:"#/properties/report\
s/items/properties/events/items/properties/seq/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data37<0||isNaN(data37))return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/events/"+i1+"/seq",schemaPath:"#/properties/reports/items/properties/events/items/properties/seq/minimu\
m",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid9=_errs75===errors}else var valid9=!0;
if(valid9){if(data36.type!==void 0){let data38=data36.type,_errs77=errors;if(errors===_errs77)if(typeof data38=="string"){
if(func2(data38)>40)return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1+"/type",schemaPath:"\
#/properties/reports/items/properties/events/items/properties/type/maxLength",keyword:"maxLength",params:{limit:40},message:"\
must NOT have more than 40 characters"}],!1;["started","stuck","freed","paused","recharge","resumed","error","ended"].includes(
data38)||(data36.type="unknown")}else return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1+
"/type",schemaPath:"#/properties/reports/items/properties/events/items/properties/type/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid9=_errs77===errors}else var valid9=!0;if(valid9){if(data36.atS!==void 0){
let data39=data36.atS,_errs79=errors;if(errors===_errs79)if(typeof data39=="number"&&isFinite(data39)){if(data39>1e12||isNaN(
data39))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1+"/atS",schemaPath:"#/propertie\
s/reports/items/properties/events/items/properties/atS/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e12},message:"\
must be <= 1000000000000"}],!1;if(data39<0||isNaN(data39))return validate29.errors=[{instancePath:instancePath+"/reports\
/"+i0+"/events/"+i1+"/atS",schemaPath:"#/properties/reports/items/properties/events/items/properties/atS/minimum",keyword:"\
minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/events/"+i1+"/atS",schemaPath:"#/properties/reports/items/properties/events/items/properties/atS/type",
keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid9=_errs79===errors}else var valid9=!0;if(valid9)
if(data36.code!==void 0){let data40=data36.code,_errs81=errors;if(!(typeof data40=="number"&&!(data40%1)&&!isNaN(data40)&&
isFinite(data40)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/events/"+i1+"/code",schemaPath:"\
#/properties/reports/items/properties/events/items/properties/code/type",keyword:"type",params:{type:"integer"},message:"\
must be integer"}],!1;var valid9=_errs81===errors}else var valid9=!0}}}else return validate29.errors=[{instancePath:instancePath+
"/reports/"+i0+"/events/"+i1,schemaPath:"#/properties/reports/items/properties/events/items/type",keyword:"type",params:{
type:"object"},message:"must be object"}],!1;var valid8=_errs73===errors;if(!valid8)break}}}else return validate29.errors=
[{instancePath:instancePath+"/reports/"+i0+"/events",schemaPath:"#/properties/reports/items/properties/events/type",keyword:"\
type",params:{type:"array"},message:"must be array"}],!1;var valid2=_errs71===errors}else var valid2=!0;if(valid2)if(data2.
map!==void 0){let data41=data2.map,_errs83=errors;if(errors===_errs83)if(data41&&typeof data41=="object"&&!Array.isArray(
data41)){let missing8;if(data41.id===void 0&&(missing8="id")||data41.size===void 0&&(missing8="size")||data41.sha256===void 0&&
(missing8="sha256")||data41.type===void 0&&(missing8="type"))return validate29.errors=[{instancePath:instancePath+"/repo\
rts/"+i0+"/map",schemaPath:"#/properties/reports/items/properties/map/required",keyword:"required",params:{missingProperty:missing8},
message:"must have required property '"+missing8+"'"}],!1;if(data41.id!==void 0){let data42=data41.id,_errs85=errors;if(errors===
_errs85)if(typeof data42=="string"){if(!pattern1.test(data42))return validate29.errors=[{instancePath:instancePath+"/rep\
orts/"+i0+"/map/id",schemaPath:"#/properties/reports/items/properties/map/properties/id/pattern",keyword:"pattern",params:{
pattern:"^[A-Za-z0-9_-]{1,64}$"},message:'must match pattern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate29.errors=
[{instancePath:instancePath+"/reports/"+i0+"/map/id",schemaPath:"#/properties/reports/items/properties/map/properties/id\
/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid10=_errs85===errors}else var valid10=!0;
if(valid10){if(data41.size!==void 0){let data43=data41.size,_errs87=errors;if(!(typeof data43=="number"&&!(data43%1)&&!isNaN(
data43)&&isFinite(data43)))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/map/size",schemaPath:"#\
/properties/reports/items/properties/map/properties/size/type",keyword:"type",params:{type:"integer"},message:"must be i\
nteger"}],!1;if(errors===_errs87&&typeof data43=="number"&&isFinite(data43)){if(data43>16777216||isNaN(data43))return validate29.
errors=[{instancePath:instancePath+"/reports/"+i0+"/map/size",schemaPath:"#/properties/reports/items/properties/map/prop\
erties/size/maximum",keyword:"maximum",params:{comparison:"<=",limit:16777216},message:"must be <= 16777216"}],!1;if(data43<
1||isNaN(data43))return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/map/size",schemaPath:"#/propertie\
s/reports/items/properties/map/properties/size/minimum",keyword:"minimum",params:{comparison:">=",limit:1},message:"must\
 be >= 1"}],!1}var valid10=_errs87===errors}else var valid10=!0;if(valid10){if(data41.sha256!==void 0){let data44=data41.
sha256,_errs89=errors;if(errors===_errs89)if(typeof data44=="string"){if(!pattern0.test(data44))return validate29.errors=
[{instancePath:instancePath+"/reports/"+i0+"/map/sha256",schemaPath:"#/properties/reports/items/properties/map/propertie\
s/sha256/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{64}$"},message:'must match pattern "^[0-9a-f]{64}$"'}],!1}else
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/map/sha256",schemaPath:"#/properties/reports/items\
/properties/map/properties/sha256/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid10=_errs89===
errors}else var valid10=!0;if(valid10)if(data41.type!==void 0){let data45=data41.type,_errs91=errors;if(errors===_errs91)
if(typeof data45=="string"){if(func2(data45)>64)return validate29.errors=[{instancePath:instancePath+"/reports/"+i0+"/ma\
p/type",schemaPath:"#/properties/reports/items/properties/map/properties/type/maxLength",keyword:"maxLength",params:{limit:64},
message:"must NOT have more than 64 characters"}],!1}else return validate29.errors=[{instancePath:instancePath+"/reports\
/"+i0+"/map/type",schemaPath:"#/properties/reports/items/properties/map/properties/type/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid10=_errs91===errors}else var valid10=!0}}}else return validate29.errors=
[{instancePath:instancePath+"/reports/"+i0+"/map",schemaPath:"#/properties/reports/items/properties/map/type",keyword:"t\
ype",params:{type:"object"},message:"must be object"}],!1;var valid2=_errs83===errors}else var valid2=!0}}}}}}}}}}}}}}}}else
return validate29.errors=[{instancePath:instancePath+"/reports/"+i0,schemaPath:"#/properties/reports/items/type",keyword:"\
type",params:{type:"object"},message:"must be object"}],!1;var valid1=_errs5===errors;if(!valid1)break}}}else return validate29.
errors=[{instancePath:instancePath+"/reports",schemaPath:"#/properties/reports/type",keyword:"type",params:{type:"array"},
message:"must be array"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0)if(data.dropped!==void 0){let data46=data.
dropped,_errs93=errors;if(!(typeof data46=="number"&&!(data46%1)&&!isNaN(data46)&&isFinite(data46)))return validate29.errors=
[{instancePath:instancePath+"/dropped",schemaPath:"#/properties/dropped/type",keyword:"type",params:{type:"integer"},message:"\
must be integer"}],!1;if(errors===_errs93&&typeof data46=="number"&&isFinite(data46)){if(data46>9007199254740991||isNaN(
data46))return validate29.errors=[{instancePath:instancePath+"/dropped",schemaPath:"#/properties/dropped/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data46<0||isNaN(data46))
return validate29.errors=[{instancePath:instancePath+"/dropped",schemaPath:"#/properties/dropped/minimum",keyword:"minim\
um",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs93===errors}else var valid0=!0}}else return validate29.
errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate29.
errors=vErrors,errors===0}var ReportsAccepted=validate30;function validate30(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.accepted===
void 0&&(missing0="accepted"))return validate30.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,
_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate30.errors=[{instancePath:instancePath+"/v",schemaPath:"\
#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate30.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"\
must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.accepted!==void 0){let data1=data.
accepted,_errs3=errors;if(errors===_errs3)if(Array.isArray(data1)){if(data1.length>64)return validate30.errors=[{instancePath:instancePath+
"/accepted",schemaPath:"#/properties/accepted/maxItems",keyword:"maxItems",params:{limit:64},message:"must NOT have more\
 than 64 items"}],!1;{var valid1=!0;let len0=data1.length;for(let i0=0;i0<len0;i0++){let data2=data1[i0],_errs5=errors;if(errors===
_errs5)if(data2&&typeof data2=="object"&&!Array.isArray(data2)){let missing1;if(data2.missionId===void 0&&(missing1="mis\
sionId")||data2.ended===void 0&&(missing1="ended")||data2.boot===void 0&&(missing1="boot")||data2.revision===void 0&&(missing1=
"revision"))return validate30.errors=[{instancePath:instancePath+"/accepted/"+i0,schemaPath:"#/properties/accepted/items\
/required",keyword:"required",params:{missingProperty:missing1},message:"must have required property '"+missing1+"'"}],!1;
if(data2.missionId!==void 0){let data3=data2.missionId,_errs7=errors;if(errors===_errs7)if(typeof data3=="string"){if(!pattern7.
test(data3))return validate30.errors=[{instancePath:instancePath+"/accepted/"+i0+"/missionId",schemaPath:"#/properties/a\
ccepted/items/properties/missionId/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'\
must match pattern "^[0-9a-f]{16}-[1-9][0-9]{0,14}$"'}],!1}else return validate30.errors=[{instancePath:instancePath+"/a\
ccepted/"+i0+"/missionId",schemaPath:"#/properties/accepted/items/properties/missionId/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid2=_errs7===errors}else var valid2=!0;if(valid2){if(data2.ended!==void 0){
let _errs9=errors;if(typeof data2.ended!="boolean")return validate30.errors=[{instancePath:instancePath+"/accepted/"+i0+
"/ended",schemaPath:"#/properties/accepted/items/properties/ended/type",keyword:"type",params:{type:"boolean"},message:"\
must be boolean"}],!1;var valid2=_errs9===errors}else var valid2=!0;if(valid2){if(data2.boot!==void 0){let data5=data2.boot,
_errs11=errors;if(!(typeof data5=="number"&&!(data5%1)&&!isNaN(data5)&&isFinite(data5)))return validate30.errors=[{instancePath:instancePath+
"/accepted/"+i0+"/boot",schemaPath:"#/properties/accepted/items/properties/boot/type",keyword:"type",params:{type:"integ\
er"},message:"must be integer"}],!1;if(errors===_errs11&&typeof data5=="number"&&isFinite(data5)){if(data5>9007199254740991||
isNaN(data5))return validate30.errors=[{instancePath:instancePath+"/accepted/"+i0+"/boot",schemaPath:"#/properties/accep\
ted/items/properties/boot/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <=\
 9007199254740991"}],!1;if(data5<0||isNaN(data5))return validate30.errors=[{instancePath:instancePath+"/accepted/"+i0+"/\
boot",schemaPath:"#/properties/accepted/items/properties/boot/minimum",keyword:"minimum",params:{comparison:">=",limit:0},
message:"must be >= 0"}],!1}var valid2=_errs11===errors}else var valid2=!0;if(valid2)if(data2.revision!==void 0){let data6=data2.
revision,_errs13=errors;if(!(typeof data6=="number"&&!(data6%1)&&!isNaN(data6)&&isFinite(data6)))return validate30.errors=
[{instancePath:instancePath+"/accepted/"+i0+"/revision",schemaPath:"#/properties/accepted/items/properties/revision/type",
keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs13&&typeof data6=="number"&&isFinite(
data6)){if(data6>9007199254740991||isNaN(data6))return validate30.errors=[{instancePath:instancePath+"/accepted/"+i0+"/r\
evision",schemaPath:"#/properties/accepted/items/properties/revision/maximum",keyword:"maximum",params:{comparison:"<=",
limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data6<0||isNaN(data6))return validate30.errors=[{instancePath:instancePath+
"/accepted/"+i0+"/revision",schemaPath:"#/properties/accepted/items/properties/revision/minimum",keyword:"minimum",params:{
comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid2=_errs13===errors}else var valid2=!0}}}else return validate30.
errors=[{instancePath:instancePath+"/accepted/"+i0,schemaPath:"#/properties/accepted/items/type",keyword:"type",params:{
type:"object"},message:"must be object"}],!1;var valid1=_errs5===errors;if(!valid1)break}}}else return validate30.errors=
[{instancePath:instancePath+"/accepted",schemaPath:"#/properties/accepted/type",keyword:"type",params:{type:"array"},message:"\
must be array"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0)if(data.grants!==void 0){let data7=data.grants,
_errs15=errors;if(errors===_errs15)if(Array.isArray(data7)){if(data7.length>64)return validate30.errors=[{instancePath:instancePath+
"/grants",schemaPath:"#/properties/grants/maxItems",keyword:"maxItems",params:{limit:64},message:"must NOT have more tha\
n 64 items"}],!1;{var valid3=!0;let len1=data7.length;for(let i1=0;i1<len1;i1++){let data8=data7[i1],_errs17=errors;if(errors===
_errs17)if(data8&&typeof data8=="object"&&!Array.isArray(data8)){let missing2;if(data8.missionId===void 0&&(missing2="mi\
ssionId")||data8.mapId===void 0&&(missing2="mapId")||data8.method===void 0&&(missing2="method")||data8.url===void 0&&(missing2=
"url")||data8.headers===void 0&&(missing2="headers")||data8.expiresMs===void 0&&(missing2="expiresMs"))return validate30.
errors=[{instancePath:instancePath+"/grants/"+i1,schemaPath:"#/properties/grants/items/required",keyword:"required",params:{
missingProperty:missing2},message:"must have required property '"+missing2+"'"}],!1;if(data8.missionId!==void 0){let data9=data8.
missionId,_errs19=errors;if(errors===_errs19)if(typeof data9=="string"){if(!pattern7.test(data9))return validate30.errors=
[{instancePath:instancePath+"/grants/"+i1+"/missionId",schemaPath:"#/properties/grants/items/properties/missionId/patter\
n",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{16}-[1-9]\
[0-9]{0,14}$"'}],!1}else return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+"/missionId",schemaPath:"#/p\
roperties/grants/items/properties/missionId/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid4=_errs19===
errors}else var valid4=!0;if(valid4){if(data8.mapId!==void 0){let data10=data8.mapId,_errs21=errors;if(errors===_errs21)
if(typeof data10=="string"){if(!pattern1.test(data10))return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+
"/mapId",schemaPath:"#/properties/grants/items/properties/mapId/pattern",keyword:"pattern",params:{pattern:"^[A-Za-z0-9_\
-]{1,64}$"},message:'must match pattern "^[A-Za-z0-9_-]{1,64}$"'}],!1}else return validate30.errors=[{instancePath:instancePath+
"/grants/"+i1+"/mapId",schemaPath:"#/properties/grants/items/properties/mapId/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1;var valid4=_errs21===errors}else var valid4=!0;if(valid4){if(data8.method!==void 0){let data11=data8.
method,_errs23=errors;if(typeof data11!="string")return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+"/me\
thod",schemaPath:"#/properties/grants/items/properties/method/type",keyword:"type",params:{type:"string"},message:"must \
be string"}],!1;if(data11!=="PUT")return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+"/method",schemaPath:"\
#/properties/grants/items/properties/method/const",keyword:"const",params:{allowedValue:"PUT"},message:"must be equal to\
 constant"}],!1;var valid4=_errs23===errors}else var valid4=!0;if(valid4){if(data8.url!==void 0){let data12=data8.url,_errs25=errors;
if(errors===_errs25)if(typeof data12=="string"){if(func2(data12)>2048)return validate30.errors=[{instancePath:instancePath+
"/grants/"+i1+"/url",schemaPath:"#/properties/grants/items/properties/url/maxLength",keyword:"maxLength",params:{limit:2048},
message:"must NOT have more than 2048 characters"}],!1;if(func2(data12)<1)return validate30.errors=[{instancePath:instancePath+
"/grants/"+i1+"/url",schemaPath:"#/properties/grants/items/properties/url/minLength",keyword:"minLength",params:{limit:1},
message:"must NOT have fewer than 1 characters"}],!1}else return validate30.errors=[{instancePath:instancePath+"/grants/"+
i1+"/url",schemaPath:"#/properties/grants/items/properties/url/type",keyword:"type",params:{type:"string"},message:"must\
 be string"}],!1;var valid4=_errs25===errors}else var valid4=!0;if(valid4){if(data8.headers!==void 0){let data13=data8.headers,
_errs27=errors;if(errors===_errs27)if(data13&&typeof data13=="object"&&!Array.isArray(data13)){if(Object.keys(data13).length>
8)return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+"/headers",schemaPath:"#/properties/grants/items/pr\
operties/headers/maxProperties",keyword:"maxProperties",params:{limit:8},message:"must NOT have more than 8 properties"}],
!1;for(let key0 in data13){let _errs29=errors;if(typeof key0=="string"&&func2(key0)>64){let err0={instancePath:instancePath+
"/grants/"+i1+"/headers",schemaPath:"#/properties/grants/items/properties/headers/propertyNames/maxLength",keyword:"maxL\
ength",params:{limit:64},message:"must NOT have more than 64 characters",propertyName:key0};vErrors===null?vErrors=[err0]:
vErrors.push(err0),errors++}var valid5=_errs29===errors;if(!valid5){let err1={instancePath:instancePath+"/grants/"+i1+"/\
headers",schemaPath:"#/properties/grants/items/properties/headers/propertyNames",keyword:"propertyNames",params:{propertyName:key0},
message:"property name must be valid"};return vErrors===null?vErrors=[err1]:vErrors.push(err1),errors++,validate30.errors=
vErrors,!1;break}}if(valid5)for(let key1 in data13){let data14=data13[key1],_errs31=errors;if(errors===_errs31)if(typeof data14==
"string"){if(func2(data14)>256)return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+"/headers/"+key1.replace(
/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/grants/items/properties/headers/additionalProperties/maxLength",
keyword:"maxLength",params:{limit:256},message:"must NOT have more than 256 characters"}],!1}else return validate30.errors=
[{instancePath:instancePath+"/grants/"+i1+"/headers/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properti\
es/grants/items/properties/headers/additionalProperties/type",keyword:"type",params:{type:"string"},message:"must be str\
ing"}],!1;var valid6=_errs31===errors;if(!valid6)break}}else return validate30.errors=[{instancePath:instancePath+"/gran\
ts/"+i1+"/headers",schemaPath:"#/properties/grants/items/properties/headers/type",keyword:"type",params:{type:"object"},
message:"must be object"}],!1;var valid4=_errs27===errors}else var valid4=!0;if(valid4)if(data8.expiresMs!==void 0){let data15=data8.
expiresMs,_errs33=errors;if(!(typeof data15=="number"&&!(data15%1)&&!isNaN(data15)&&isFinite(data15)))return validate30.
errors=[{instancePath:instancePath+"/grants/"+i1+"/expiresMs",schemaPath:"#/properties/grants/items/properties/expiresMs\
/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs33&&typeof data15=="number"&&
isFinite(data15)){if(data15>864e13||isNaN(data15))return validate30.errors=[{instancePath:instancePath+"/grants/"+i1+"/e\
xpiresMs",schemaPath:"#/properties/grants/items/properties/expiresMs/maximum",keyword:"maximum",params:{comparison:"<=",
limit:864e13},message:"must be <= 8640000000000000"}],!1;if(data15<0||isNaN(data15))return validate30.errors=[{instancePath:instancePath+
"/grants/"+i1+"/expiresMs",schemaPath:"#/properties/grants/items/properties/expiresMs/minimum",keyword:"minimum",params:{
comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid4=_errs33===errors}else var valid4=!0}}}}}else return validate30.
errors=[{instancePath:instancePath+"/grants/"+i1,schemaPath:"#/properties/grants/items/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;var valid3=_errs17===errors;if(!valid3)break}}}else return validate30.errors=[{instancePath:instancePath+
"/grants",schemaPath:"#/properties/grants/type",keyword:"type",params:{type:"array"},message:"must be array"}],!1;var valid0=_errs15===
errors}else var valid0=!0}}else return validate30.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;return validate30.errors=vErrors,errors===0}var ReportsRejected=validate31;function validate31(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.rejected===
void 0&&(missing0="rejected"))return validate31.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,
_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate31.errors=[{instancePath:instancePath+"/v",schemaPath:"\
#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate31.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"\
must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0)if(data.rejected!==void 0){let data1=data.
rejected,_errs3=errors;if(errors===_errs3)if(Array.isArray(data1)){if(data1.length>64)return validate31.errors=[{instancePath:instancePath+
"/rejected",schemaPath:"#/properties/rejected/maxItems",keyword:"maxItems",params:{limit:64},message:"must NOT have more\
 than 64 items"}],!1;{var valid1=!0;let len0=data1.length;for(let i0=0;i0<len0;i0++){let data2=data1[i0],_errs5=errors;if(errors===
_errs5)if(data2&&typeof data2=="object"&&!Array.isArray(data2)){let missing1;if(data2.missionId===void 0&&(missing1="mis\
sionId")||data2.code===void 0&&(missing1="code")||data2.message===void 0&&(missing1="message"))return validate31.errors=
[{instancePath:instancePath+"/rejected/"+i0,schemaPath:"#/properties/rejected/items/required",keyword:"required",params:{
missingProperty:missing1},message:"must have required property '"+missing1+"'"}],!1;if(data2.missionId!==void 0){let data3=data2.
missionId,_errs7=errors;if(errors===_errs7)if(typeof data3=="string"){if(!pattern7.test(data3))return validate31.errors=
[{instancePath:instancePath+"/rejected/"+i0+"/missionId",schemaPath:"#/properties/rejected/items/properties/missionId/pa\
ttern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{16}-[\
1-9][0-9]{0,14}$"'}],!1}else return validate31.errors=[{instancePath:instancePath+"/rejected/"+i0+"/missionId",schemaPath:"\
#/properties/rejected/items/properties/missionId/type",keyword:"type",params:{type:"string"},message:"must be string"}],
!1;var valid2=_errs7===errors}else var valid2=!0;if(valid2){if(data2.code!==void 0){let data4=data2.code,_errs9=errors;if(errors===
_errs9)if(typeof data4=="string"){if(func2(data4)>40)return validate31.errors=[{instancePath:instancePath+"/rejected/"+i0+
"/code",schemaPath:"#/properties/rejected/items/properties/code/maxLength",keyword:"maxLength",params:{limit:40},message:"\
must NOT have more than 40 characters"}],!1}else return validate31.errors=[{instancePath:instancePath+"/rejected/"+i0+"/\
code",schemaPath:"#/properties/rejected/items/properties/code/type",keyword:"type",params:{type:"string"},message:"must \
be string"}],!1;var valid2=_errs9===errors}else var valid2=!0;if(valid2)if(data2.message!==void 0){let data5=data2.message,
_errs11=errors;if(errors===_errs11)if(typeof data5=="string"){if(func2(data5)>200)return validate31.errors=[{instancePath:instancePath+
"/rejected/"+i0+"/message",schemaPath:"#/properties/rejected/items/properties/message/maxLength",keyword:"maxLength",params:{
limit:200},message:"must NOT have more than 200 characters"}],!1}else return validate31.errors=[{instancePath:instancePath+
"/rejected/"+i0+"/message",schemaPath:"#/properties/rejected/items/properties/message/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid2=_errs11===errors}else var valid2=!0}}else return validate31.errors=[{instancePath:instancePath+
"/rejected/"+i0,schemaPath:"#/properties/rejected/items/type",keyword:"type",params:{type:"object"},message:"must be obj\
ect"}],!1;var valid1=_errs5===errors;if(!valid1)break}}}else return validate31.errors=[{instancePath:instancePath+"/reje\
cted",schemaPath:"#/properties/rejected/type",keyword:"type",params:{type:"array"},message:"must be array"}],!1;var valid0=_errs3===
errors}else var valid0=!0}else return validate31.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},message:"must be object"}],!1;return validate31.errors=vErrors,errors===0}var RequestLine=validate32;function validate32(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.method===void 0&&(missing0="method"))return validate32.
errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"must have re\
quired property '"+missing0+"'"}],!1;{let _errs1=errors;for(let key0 in data)if(!(key0==="v"||key0==="method"||key0==="p\
arams")){return validate32.errors=[{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:key0},message:"must NOT have additional properties"}],!1;break}if(_errs1===errors){if(data.v!==void 0){
let data0=data.v,_errs2=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate32.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate32.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"\
must be equal to constant"}],!1;var valid0=_errs2===errors}else var valid0=!0;if(valid0){if(data.method!==void 0){let data1=data.
method,_errs4=errors;if(errors===_errs4)if(typeof data1=="string"){if(func2(data1)>64)return validate32.errors=[{instancePath:instancePath+
"/method",schemaPath:"#/properties/method/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more t\
han 64 characters"}],!1;if(func2(data1)<1)return validate32.errors=[{instancePath:instancePath+"/method",schemaPath:"#/p\
roperties/method/minLength",keyword:"minLength",params:{limit:1},message:"must NOT have fewer than 1 characters"}],!1}else
return validate32.errors=[{instancePath:instancePath+"/method",schemaPath:"#/properties/method/type",keyword:"type",params:{
type:"string"},message:"must be string"}],!1;var valid0=_errs4===errors}else var valid0=!0;if(valid0)if(data.params!==void 0){
let data2=data.params,_errs6=errors;if(errors===_errs6&&!(data2&&typeof data2=="object"&&!Array.isArray(data2)))return validate32.
errors=[{instancePath:instancePath+"/params",schemaPath:"#/properties/params/type",keyword:"type",params:{type:"object"},
message:"must be object"}],!1;var valid0=_errs6===errors}else var valid0=!0}}}}else return validate32.errors=[{instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate32.errors=vErrors,
errors===0}var ShadowDelta=validate33;function validate33(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.state===void 0&&(missing0="state")||data.version===
void 0&&(missing0="version")||data.timestamp===void 0&&(missing0="timestamp"))return validate33.errors=[{instancePath,schemaPath:"\
#/required",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],
!1;if(data.state!==void 0){let data0=data.state,_errs1=errors;if(errors===_errs1)if(data0&&typeof data0=="object"&&!Array.
isArray(data0)){if(data0.settings!==void 0){let data1=data0.settings;if(errors===errors)if(data1&&typeof data1=="object"&&
!Array.isArray(data1)){if(Object.keys(data1).length>32)return validate33.errors=[{instancePath:instancePath+"/state/sett\
ings",schemaPath:"#/properties/state/properties/settings/maxProperties",keyword:"maxProperties",params:{limit:32},message:"\
must NOT have more than 32 properties"}],!1;for(let key0 in data1){let _errs5=errors;if(typeof key0=="string"&&func2(key0)>
64){let err0={instancePath:instancePath+"/state/settings",schemaPath:"#/properties/state/properties/settings/propertyNam\
es/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters",propertyName:key0};vErrors===
null?vErrors=[err0]:vErrors.push(err0),errors++}var valid2=_errs5===errors;if(!valid2){let err1={instancePath:instancePath+
"/state/settings",schemaPath:"#/properties/state/properties/settings/propertyNames",keyword:"propertyNames",params:{propertyName:key0},
message:"property name must be valid"};return vErrors===null?vErrors=[err1]:vErrors.push(err1),errors++,validate33.errors=
vErrors,!1;break}}if(valid2)for(let key1 in data1){let data2=data1[key1],_errs7=errors,_errs8=errors,valid4=!1,_errs9=errors;
if(errors===_errs9)if(typeof data2=="string"){if(func2(data2)>256){let err2={instancePath:instancePath+"/state/settings/"+
key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/settings/additionalProperties/anyO\
f/0/maxLength",keyword:"maxLength",params:{limit:256},message:"must NOT have more than 256 characters"};vErrors===null?vErrors=
[err2]:vErrors.push(err2),errors++}}else{let err3={instancePath:instancePath+"/state/settings/"+key1.replace(/~/g,"~0").
replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/settings/additionalProperties/anyOf/0/type",keyword:"type",
params:{type:"string"},message:"must be string"};vErrors===null?vErrors=[err3]:vErrors.push(err3),errors++}var _valid0=_errs9===
errors;if(valid4=valid4||_valid0,!valid4){let _errs11=errors;if(!(typeof data2=="number"&&isFinite(data2))){let err4={instancePath:instancePath+
"/state/settings/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/settings/additi\
onalProperties/anyOf/1/type",keyword:"type",params:{type:"number"},message:"must be number"};vErrors===null?vErrors=[err4]:
vErrors.push(err4),errors++}var _valid0=_errs11===errors;if(valid4=valid4||_valid0,!valid4){let _errs13=errors;if(typeof data2!=
"boolean"){let err5={instancePath:instancePath+"/state/settings/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"\
#/properties/state/properties/settings/additionalProperties/anyOf/2/type",keyword:"type",params:{type:"boolean"},message:"\
must be boolean"};vErrors===null?vErrors=[err5]:vErrors.push(err5),errors++}var _valid0=_errs13===errors;valid4=valid4||
_valid0}}if(valid4)errors=_errs8,vErrors!==null&&(_errs8?vErrors.length=_errs8:vErrors=null);else{let err6={instancePath:instancePath+
"/state/settings/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/settings/additi\
onalProperties/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf"};return vErrors===null?vErrors=[err6]:
vErrors.push(err6),errors++,validate33.errors=vErrors,!1}var valid3=_errs7===errors;if(!valid3)break}}else return validate33.
errors=[{instancePath:instancePath+"/state/settings",schemaPath:"#/properties/state/properties/settings/type",keyword:"t\
ype",params:{type:"object"},message:"must be object"}],!1}}else return validate33.errors=[{instancePath:instancePath+"/s\
tate",schemaPath:"#/properties/state/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs1===
errors}else var valid0=!0;if(valid0){if(data.version!==void 0){let data3=data.version,_errs15=errors;if(!(typeof data3==
"number"&&!(data3%1)&&!isNaN(data3)&&isFinite(data3)))return validate33.errors=[{instancePath:instancePath+"/version",schemaPath:"\
#/properties/version/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs15&&typeof data3==
"number"&&isFinite(data3)){if(data3>9007199254740991||isNaN(data3))return validate33.errors=[{instancePath:instancePath+
"/version",schemaPath:"#/properties/version/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"\
must be <= 9007199254740991"}],!1;if(data3<0||isNaN(data3))return validate33.errors=[{instancePath:instancePath+"/versio\
n",schemaPath:"#/properties/version/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],
!1}var valid0=_errs15===errors}else var valid0=!0;if(valid0)if(data.timestamp!==void 0){let data4=data.timestamp,_errs17=errors;
if(errors===_errs17)if(typeof data4=="number"&&isFinite(data4)){if(data4>42e11||isNaN(data4))return validate33.errors=[{
instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/maximum",keyword:"maximum",params:{comparison:"\
<=",limit:42e11},message:"must be <= 4200000000000"}],!1;if(data4<0||isNaN(data4))return validate33.errors=[{instancePath:instancePath+
"/timestamp",schemaPath:"#/properties/timestamp/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"mus\
t be >= 0"}],!1}else return validate33.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestam\
p/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid0=_errs17===errors}else var valid0=!0}}else
return validate33.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate33.errors=vErrors,errors===0}var ShadowGetAccepted=validate34;function validate34(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.state===void 0&&(missing0="state")||data.version===
void 0&&(missing0="version")||data.timestamp===void 0&&(missing0="timestamp"))return validate34.errors=[{instancePath,schemaPath:"\
#/required",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],
!1;if(data.state!==void 0){let data0=data.state,_errs1=errors;if(errors===_errs1)if(data0&&typeof data0=="object"&&!Array.
isArray(data0)){if(data0.desired!==void 0){let data1=data0.desired,_errs3=errors;if(errors===_errs3)if(data1&&typeof data1==
"object"&&!Array.isArray(data1)){if(data1.settings!==void 0){let data2=data1.settings;if(errors===errors)if(data2&&typeof data2==
"object"&&!Array.isArray(data2)){if(Object.keys(data2).length>32)return validate34.errors=[{instancePath:instancePath+"/\
state/desired/settings",schemaPath:"#/properties/state/properties/desired/properties/settings/maxProperties",keyword:"ma\
xProperties",params:{limit:32},message:"must NOT have more than 32 properties"}],!1;for(let key0 in data2){let _errs7=errors;
if(typeof key0=="string"&&func2(key0)>64){let err0={instancePath:instancePath+"/state/desired/settings",schemaPath:"#/pr\
operties/state/properties/desired/properties/settings/propertyNames/maxLength",keyword:"maxLength",params:{limit:64},message:"\
must NOT have more than 64 characters",propertyName:key0};vErrors===null?vErrors=[err0]:vErrors.push(err0),errors++}var valid3=_errs7===
errors;if(!valid3){let err1={instancePath:instancePath+"/state/desired/settings",schemaPath:"#/properties/state/properti\
es/desired/properties/settings/propertyNames",keyword:"propertyNames",params:{propertyName:key0},message:"property name \
must be valid"};return vErrors===null?vErrors=[err1]:vErrors.push(err1),errors++,validate34.errors=vErrors,!1;break}}if(valid3)
for(let key1 in data2){let data3=data2[key1],_errs9=errors,_errs10=errors,valid5=!1,_errs11=errors;if(errors===_errs11)if(typeof data3==
"string"){if(func2(data3)>256){let err2={instancePath:instancePath+"/state/desired/settings/"+key1.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/properties/state/properties/desired/properties/settings/additionalProperties/anyOf/0/maxLength",
keyword:"maxLength",params:{limit:256},message:"must NOT have more than 256 characters"};vErrors===null?vErrors=[err2]:vErrors.
push(err2),errors++}}else{let err3={instancePath:instancePath+"/state/desired/settings/"+key1.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/properties/state/properties/desired/properties/settings/additionalProperties/anyOf/0/type",keyword:"\
type",params:{type:"string"},message:"must be string"};vErrors===null?vErrors=[err3]:vErrors.push(err3),errors++}var _valid0=_errs11===
errors;if(valid5=valid5||_valid0,!valid5){let _errs13=errors;if(!(typeof data3=="number"&&isFinite(data3))){let err4={instancePath:instancePath+
"/state/desired/settings/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/desired\
/properties/settings/additionalProperties/anyOf/1/type",keyword:"type",params:{type:"number"},message:"must be number"};
vErrors===null?vErrors=[err4]:vErrors.push(err4),errors++}var _valid0=_errs13===errors;if(valid5=valid5||_valid0,!valid5){
let _errs15=errors;if(typeof data3!="boolean"){let err5={instancePath:instancePath+"/state/desired/settings/"+key1.replace(
/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/desired/properties/settings/additionalPropertie\
s/anyOf/2/type",keyword:"type",params:{type:"boolean"},message:"must be boolean"};vErrors===null?vErrors=[err5]:vErrors.
push(err5),errors++}var _valid0=_errs15===errors;valid5=valid5||_valid0}}if(valid5)errors=_errs10,vErrors!==null&&(_errs10?
vErrors.length=_errs10:vErrors=null);else{let err6={instancePath:instancePath+"/state/desired/settings/"+key1.replace(/~/g,
"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/desired/properties/settings/additionalProperties/any\
Of",keyword:"anyOf",params:{},message:"must match a schema in anyOf"};return vErrors===null?vErrors=[err6]:vErrors.push(
err6),errors++,validate34.errors=vErrors,!1}var valid4=_errs9===errors;if(!valid4)break}}else return validate34.errors=[
{instancePath:instancePath+"/state/desired/settings",schemaPath:"#/properties/state/properties/desired/properties/settin\
gs/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1}}else return validate34.errors=[{instancePath:instancePath+
"/state/desired",schemaPath:"#/properties/state/properties/desired/type",keyword:"type",params:{type:"object"},message:"\
must be object"}],!1;var valid1=_errs3===errors}else var valid1=!0;if(valid1)if(data0.reported!==void 0){let data4=data0.
reported,_errs17=errors;if(errors===_errs17)if(data4&&typeof data4=="object"&&!Array.isArray(data4)){if(data4.settings!==
void 0){let data5=data4.settings,_errs19=errors;if(errors===_errs19)if(data5&&typeof data5=="object"&&!Array.isArray(data5)){
if(Object.keys(data5).length>32)return validate34.errors=[{instancePath:instancePath+"/state/reported/settings",schemaPath:"\
#/properties/state/properties/reported/properties/settings/maxProperties",keyword:"maxProperties",params:{limit:32},message:"\
must NOT have more than 32 properties"}],!1;for(let key2 in data5){let _errs21=errors;if(typeof key2=="string"&&func2(key2)>
64){let err7={instancePath:instancePath+"/state/reported/settings",schemaPath:"#/properties/state/properties/reported/pr\
operties/settings/propertyNames/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 cha\
racters",propertyName:key2};vErrors===null?vErrors=[err7]:vErrors.push(err7),errors++}var valid7=_errs21===errors;if(!valid7){
let err8={instancePath:instancePath+"/state/reported/settings",schemaPath:"#/properties/state/properties/reported/proper\
ties/settings/propertyNames",keyword:"propertyNames",params:{propertyName:key2},message:"property name must be valid"};return vErrors===
null?vErrors=[err8]:vErrors.push(err8),errors++,validate34.errors=vErrors,!1;break}}if(valid7)for(let key3 in data5){let data6=data5[key3],
_errs23=errors,_errs24=errors,valid9=!1,_errs25=errors;if(errors===_errs25)if(typeof data6=="string"){if(func2(data6)>256){
let err9={instancePath:instancePath+"/state/reported/settings/"+key3.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"\
#/properties/state/properties/reported/properties/settings/additionalProperties/anyOf/0/maxLength",keyword:"maxLength",params:{
limit:256},message:"must NOT have more than 256 characters"};vErrors===null?vErrors=[err9]:vErrors.push(err9),errors++}}else{
let err10={instancePath:instancePath+"/state/reported/settings/"+key3.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"\
#/properties/state/properties/reported/properties/settings/additionalProperties/anyOf/0/type",keyword:"type",params:{type:"\
string"},message:"must be string"};vErrors===null?vErrors=[err10]:vErrors.push(err10),errors++}var _valid1=_errs25===errors;
if(valid9=valid9||_valid1,!valid9){let _errs27=errors;if(!(typeof data6=="number"&&isFinite(data6))){let err11={instancePath:instancePath+
"/state/reported/settings/"+key3.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/report\
ed/properties/settings/additionalProperties/anyOf/1/type",keyword:"type",params:{type:"number"},message:"must be number"};
vErrors===null?vErrors=[err11]:vErrors.push(err11),errors++}var _valid1=_errs27===errors;if(valid9=valid9||_valid1,!valid9){
let _errs29=errors;if(typeof data6!="boolean"){let err12={instancePath:instancePath+"/state/reported/settings/"+key3.replace(
/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/reported/properties/settings/additionalProperti\
es/anyOf/2/type",keyword:"type",params:{type:"boolean"},message:"must be boolean"};vErrors===null?vErrors=[err12]:vErrors.
push(err12),errors++}var _valid1=_errs29===errors;valid9=valid9||_valid1}}if(valid9)errors=_errs24,vErrors!==null&&(_errs24?
vErrors.length=_errs24:vErrors=null);else{let err13={instancePath:instancePath+"/state/reported/settings/"+key3.replace(
/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/reported/properties/settings/additionalProperti\
es/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf"};return vErrors===null?vErrors=[err13]:vErrors.
push(err13),errors++,validate34.errors=vErrors,!1}var valid8=_errs23===errors;if(!valid8)break}}else return validate34.errors=
[{instancePath:instancePath+"/state/reported/settings",schemaPath:"#/properties/state/properties/reported/properties/set\
tings/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid6=_errs19===errors}else var valid6=!0;
if(valid6){if(data4.refused!==void 0){let data7=data4.refused,_errs31=errors;if(errors===_errs31)if(data7&&typeof data7==
"object"&&!Array.isArray(data7)){if(Object.keys(data7).length>32)return validate34.errors=[{instancePath:instancePath+"/\
state/reported/refused",schemaPath:"#/properties/state/properties/reported/properties/refused/maxProperties",keyword:"ma\
xProperties",params:{limit:32},message:"must NOT have more than 32 properties"}],!1;for(let key4 in data7){let _errs33=errors;
if(typeof key4=="string"&&func2(key4)>64){let err14={instancePath:instancePath+"/state/reported/refused",schemaPath:"#/p\
roperties/state/properties/reported/properties/refused/propertyNames/maxLength",keyword:"maxLength",params:{limit:64},message:"\
must NOT have more than 64 characters",propertyName:key4};vErrors===null?vErrors=[err14]:vErrors.push(err14),errors++}var valid10=_errs33===
errors;if(!valid10){let err15={instancePath:instancePath+"/state/reported/refused",schemaPath:"#/properties/state/proper\
ties/reported/properties/refused/propertyNames",keyword:"propertyNames",params:{propertyName:key4},message:"property nam\
e must be valid"};return vErrors===null?vErrors=[err15]:vErrors.push(err15),errors++,validate34.errors=vErrors,!1;break}}
if(valid10)for(let key5 in data7){let data8=data7[key5],_errs35=errors;if(errors===_errs35)if(typeof data8=="string"){if(func2(
data8)>80)return validate34.errors=[{instancePath:instancePath+"/state/reported/refused/"+key5.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/properties/state/properties/reported/properties/refused/additionalProperties/maxLength",keyword:"\
maxLength",params:{limit:80},message:"must NOT have more than 80 characters"}],!1}else return validate34.errors=[{instancePath:instancePath+
"/state/reported/refused/"+key5.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/state/properties/reporte\
d/properties/refused/additionalProperties/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid11=_errs35===
errors;if(!valid11)break}}else return validate34.errors=[{instancePath:instancePath+"/state/reported/refused",schemaPath:"\
#/properties/state/properties/reported/properties/refused/type",keyword:"type",params:{type:"object"},message:"must be o\
bject"}],!1;var valid6=_errs31===errors}else var valid6=!0;if(valid6)if(data4.agent!==void 0){let data9=data4.agent,_errs37=errors;
if(errors===_errs37)if(data9&&typeof data9=="object"&&!Array.isArray(data9)){if(data9.version!==void 0){let data10=data9.
version,_errs39=errors;if(errors===_errs39)if(typeof data10=="string"){if(func2(data10)>80)return validate34.errors=[{instancePath:instancePath+
"/state/reported/agent/version",schemaPath:"#/properties/state/properties/reported/properties/agent/properties/version/m\
axLength",keyword:"maxLength",params:{limit:80},message:"must NOT have more than 80 characters"}],!1}else return validate34.
errors=[{instancePath:instancePath+"/state/reported/agent/version",schemaPath:"#/properties/state/properties/reported/pr\
operties/agent/properties/version/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid12=_errs39===
errors}else var valid12=!0;if(valid12){if(data9.slot!==void 0){let data11=data9.slot,_errs41=errors;if(errors===_errs41)
if(typeof data11=="string"){if(func2(data11)>32)return validate34.errors=[{instancePath:instancePath+"/state/reported/ag\
ent/slot",schemaPath:"#/properties/state/properties/reported/properties/agent/properties/slot/maxLength",keyword:"maxLen\
gth",params:{limit:32},message:"must NOT have more than 32 characters"}],!1}else return validate34.errors=[{instancePath:instancePath+
"/state/reported/agent/slot",schemaPath:"#/properties/state/properties/reported/properties/agent/properties/slot/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1;var valid12=_errs41===errors}else var valid12=!0;if(valid12){
if(data9.boot!==void 0){let data12=data9.boot,_errs43=errors;if(!(typeof data12=="number"&&!(data12%1)&&!isNaN(data12)&&
isFinite(data12)))return validate34.errors=[{instancePath:instancePath+"/state/reported/agent/boot",schemaPath:"#/proper\
ties/state/properties/reported/properties/agent/properties/boot/type",keyword:"type",params:{type:"integer"},message:"mu\
st be integer"}],!1;if(errors===_errs43&&typeof data12=="number"&&isFinite(data12)){if(data12>9007199254740991||isNaN(data12))
return validate34.errors=[{instancePath:instancePath+"/state/reported/agent/boot",schemaPath:"#/properties/state/propert\
ies/reported/properties/agent/properties/boot/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},
message:"must be <= 9007199254740991"}],!1;if(data12<0||isNaN(data12))return validate34.errors=[{instancePath:instancePath+
"/state/reported/agent/boot",schemaPath:"#/properties/state/properties/reported/properties/agent/properties/boot/minimum",
keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid12=_errs43===errors}else var valid12=!0;
if(valid12){if(data9.fallback!==void 0){let data13=data9.fallback,_errs45=errors;if(errors===_errs45)if(typeof data13=="\
string"){if(func2(data13)>200)return validate34.errors=[{instancePath:instancePath+"/state/reported/agent/fallback",schemaPath:"\
#/properties/state/properties/reported/properties/agent/properties/fallback/maxLength",keyword:"maxLength",params:{limit:200},
message:"must NOT have more than 200 characters"}],!1}else return validate34.errors=[{instancePath:instancePath+"/state/\
reported/agent/fallback",schemaPath:"#/properties/state/properties/reported/properties/agent/properties/fallback/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1;var valid12=_errs45===errors}else var valid12=!0;if(valid12)if(data9.
storage!==void 0){let data14=data9.storage,_errs47=errors;if(errors===_errs47)if(typeof data14=="string"){if(func2(data14)>
80)return validate34.errors=[{instancePath:instancePath+"/state/reported/agent/storage",schemaPath:"#/properties/state/p\
roperties/reported/properties/agent/properties/storage/maxLength",keyword:"maxLength",params:{limit:80},message:"must NO\
T have more than 80 characters"}],!1}else return validate34.errors=[{instancePath:instancePath+"/state/reported/agent/st\
orage",schemaPath:"#/properties/state/properties/reported/properties/agent/properties/storage/type",keyword:"type",params:{
type:"string"},message:"must be string"}],!1;var valid12=_errs47===errors}else var valid12=!0}}}}else return validate34.
errors=[{instancePath:instancePath+"/state/reported/agent",schemaPath:"#/properties/state/properties/reported/properties\
/agent/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid6=_errs37===errors}else var valid6=!0}}else
return validate34.errors=[{instancePath:instancePath+"/state/reported",schemaPath:"#/properties/state/properties/reporte\
d/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid1=_errs17===errors}else var valid1=!0}else
return validate34.errors=[{instancePath:instancePath+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{
type:"object"},message:"must be object"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.version!==
void 0){let data15=data.version,_errs49=errors;if(!(typeof data15=="number"&&!(data15%1)&&!isNaN(data15)&&isFinite(data15)))
return validate34.errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties/version/type",keyword:"type",params:{
type:"integer"},message:"must be integer"}],!1;if(errors===_errs49&&typeof data15=="number"&&isFinite(data15)){if(data15>
9007199254740991||isNaN(data15))return validate34.errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties\
/version/maximum",keyword:"maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],
!1;if(data15<0||isNaN(data15))return validate34.errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties/v\
ersion/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs49===errors}else
var valid0=!0;if(valid0){if(data.timestamp!==void 0){let data16=data.timestamp,_errs51=errors;if(errors===_errs51)if(typeof data16==
"number"&&isFinite(data16)){if(data16>42e11||isNaN(data16))return validate34.errors=[{instancePath:instancePath+"/timest\
amp",schemaPath:"#/properties/timestamp/maximum",keyword:"maximum",params:{comparison:"<=",limit:42e11},message:"must be\
 <= 4200000000000"}],!1;if(data16<0||isNaN(data16))return validate34.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"\
#/properties/timestamp/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate34.
errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/type",keyword:"type",params:{type:"nu\
mber"},message:"must be number"}],!1;var valid0=_errs51===errors}else var valid0=!0;if(valid0)if(data.clientToken!==void 0){
let data17=data.clientToken,_errs53=errors;if(errors===_errs53)if(typeof data17=="string"){if(func2(data17)>64)return validate34.
errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/clientToken/maxLength",keyword:"maxLength",params:{
limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate34.errors=[{instancePath:instancePath+
"/clientToken",schemaPath:"#/properties/clientToken/type",keyword:"type",params:{type:"string"},message:"must be string"}],
!1;var valid0=_errs53===errors}else var valid0=!0}}}else return validate34.errors=[{instancePath,schemaPath:"#/type",keyword:"\
type",params:{type:"object"},message:"must be object"}],!1;return validate34.errors=vErrors,errors===0}var ShadowRejected=validate35;function validate35(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.code===void 0&&(missing0="code")||data.message===
void 0&&(missing0="message"))return validate35.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.code!==void 0){let data0=data.
code,_errs1=errors;if(!(typeof data0=="number"&&!(data0%1)&&!isNaN(data0)&&isFinite(data0)))return validate35.errors=[{instancePath:instancePath+
"/code",schemaPath:"#/properties/code/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;var valid0=_errs1===
errors}else var valid0=!0;if(valid0){if(data.message!==void 0){let data1=data.message,_errs3=errors;if(errors===_errs3)if(typeof data1==
"string"){if(func2(data1)>512)return validate35.errors=[{instancePath:instancePath+"/message",schemaPath:"#/properties/m\
essage/maxLength",keyword:"maxLength",params:{limit:512},message:"must NOT have more than 512 characters"}],!1}else return validate35.
errors=[{instancePath:instancePath+"/message",schemaPath:"#/properties/message/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.timestamp!==void 0){let data2=data.
timestamp,_errs5=errors;if(errors===_errs5)if(typeof data2=="number"&&isFinite(data2)){if(data2>42e11||isNaN(data2))return validate35.
errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/maximum",keyword:"maximum",params:{comparison:"\
<=",limit:42e11},message:"must be <= 4200000000000"}],!1;if(data2<0||isNaN(data2))return validate35.errors=[{instancePath:instancePath+
"/timestamp",schemaPath:"#/properties/timestamp/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"mus\
t be >= 0"}],!1}else return validate35.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestam\
p/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;var valid0=_errs5===errors}else var valid0=!0;
if(valid0)if(data.clientToken!==void 0){let data3=data.clientToken,_errs7=errors;if(errors===_errs7)if(typeof data3=="st\
ring"){if(func2(data3)>64)return validate35.errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/c\
lientToken/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],!1}else return validate35.
errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#/properties/clientToken/type",keyword:"type",params:{type:"\
string"},message:"must be string"}],!1;var valid0=_errs7===errors}else var valid0=!0}}}else return validate35.errors=[{instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate35.errors=vErrors,
errors===0}var ShadowUpdateAccepted=validate36;function validate36(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.version===void 0&&(missing0="version")||data.
timestamp===void 0&&(missing0="timestamp"))return validate36.errors=[{instancePath,schemaPath:"#/required",keyword:"requ\
ired",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.version!==void 0){
let data0=data.version,_errs1=errors;if(!(typeof data0=="number"&&!(data0%1)&&!isNaN(data0)&&isFinite(data0)))return validate36.
errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties/version/type",keyword:"type",params:{type:"intege\
r"},message:"must be integer"}],!1;if(errors===_errs1&&typeof data0=="number"&&isFinite(data0)){if(data0>9007199254740991||
isNaN(data0))return validate36.errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties/version/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data0<0||isNaN(data0))
return validate36.errors=[{instancePath:instancePath+"/version",schemaPath:"#/properties/version/minimum",keyword:"minim\
um",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs1===errors}else var valid0=!0;if(valid0){
if(data.timestamp!==void 0){let data1=data.timestamp,_errs3=errors;if(errors===_errs3)if(typeof data1=="number"&&isFinite(
data1)){if(data1>42e11||isNaN(data1))return validate36.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/pro\
perties/timestamp/maximum",keyword:"maximum",params:{comparison:"<=",limit:42e11},message:"must be <= 4200000000000"}],!1;
if(data1<0||isNaN(data1))return validate36.errors=[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/time\
stamp/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}else return validate36.errors=
[{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/type",keyword:"type",params:{type:"number"},
message:"must be number"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0)if(data.clientToken!==void 0){let data2=data.
clientToken,_errs5=errors;if(errors===_errs5)if(typeof data2=="string"){if(func2(data2)>64)return validate36.errors=[{instancePath:instancePath+
"/clientToken",schemaPath:"#/properties/clientToken/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT h\
ave more than 64 characters"}],!1}else return validate36.errors=[{instancePath:instancePath+"/clientToken",schemaPath:"#\
/properties/clientToken/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs5===errors}else
var valid0=!0}}else return validate36.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"\
must be object"}],!1;return validate36.errors=vErrors,errors===0}var SharedReportList=validate37;function validate37(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.common===void 0&&
(missing0="common")||data.reports===void 0&&(missing0="reports"))return validate37.errors=[{instancePath,schemaPath:"#/r\
equired",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;
if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate37.errors=
[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be\
 number"}],!1;if(data0!==2)return validate37.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"\
const",params:{allowedValue:2},message:"must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){
if(data.common!==void 0){let data1=data.common,_errs3=errors;if(errors===_errs3&&!(data1&&typeof data1=="object"&&!Array.
isArray(data1)))return validate37.errors=[{instancePath:instancePath+"/common",schemaPath:"#/properties/common/type",keyword:"\
type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0){if(data.
reports!==void 0){let data2=data.reports,_errs5=errors;if(errors===_errs5)if(Array.isArray(data2)){if(data2.length>64)return validate37.
errors=[{instancePath:instancePath+"/reports",schemaPath:"#/properties/reports/maxItems",keyword:"maxItems",params:{limit:64},
message:"must NOT have more than 64 items"}],!1;if(data2.length<1)return validate37.errors=[{instancePath:instancePath+"\
/reports",schemaPath:"#/properties/reports/minItems",keyword:"minItems",params:{limit:1},message:"must NOT have fewer th\
an 1 items"}],!1;{var valid1=!0;let len0=data2.length;for(let i0=0;i0<len0;i0++){let data3=data2[i0],_errs7=errors;if(errors===
_errs7)if(data3&&typeof data3=="object"&&!Array.isArray(data3)){let missing1;if(data3.missionId===void 0&&(missing1="mis\
sionId"))return validate37.errors=[{instancePath:instancePath+"/reports/"+i0,schemaPath:"#/properties/reports/items/requ\
ired",keyword:"required",params:{missingProperty:missing1},message:"must have required property '"+missing1+"'"}],!1;if(data3.
missionId!==void 0){let data4=data3.missionId;if(errors===errors)if(typeof data4=="string"){if(!pattern7.test(data4))return validate37.
errors=[{instancePath:instancePath+"/reports/"+i0+"/missionId",schemaPath:"#/properties/reports/items/properties/mission\
Id/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}-[1-9][0-9]{0,14}$"},message:'must match pattern "^[0-9a-f]{\
16}-[1-9][0-9]{0,14}$"'}],!1}else return validate37.errors=[{instancePath:instancePath+"/reports/"+i0+"/missionId",schemaPath:"\
#/properties/reports/items/properties/missionId/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1}}else
return validate37.errors=[{instancePath:instancePath+"/reports/"+i0,schemaPath:"#/properties/reports/items/type",keyword:"\
type",params:{type:"object"},message:"must be object"}],!1;var valid1=_errs7===errors;if(!valid1)break}}}else return validate37.
errors=[{instancePath:instancePath+"/reports",schemaPath:"#/properties/reports/type",keyword:"type",params:{type:"array"},
message:"must be array"}],!1;var valid0=_errs5===errors}else var valid0=!0;if(valid0)if(data.dropped!==void 0){let data5=data.
dropped,_errs11=errors;if(!(typeof data5=="number"&&!(data5%1)&&!isNaN(data5)&&isFinite(data5)))return validate37.errors=
[{instancePath:instancePath+"/dropped",schemaPath:"#/properties/dropped/type",keyword:"type",params:{type:"integer"},message:"\
must be integer"}],!1;if(errors===_errs11&&typeof data5=="number"&&isFinite(data5)){if(data5>9007199254740991||isNaN(data5))
return validate37.errors=[{instancePath:instancePath+"/dropped",schemaPath:"#/properties/dropped/maximum",keyword:"maxim\
um",params:{comparison:"<=",limit:9007199254740991},message:"must be <= 9007199254740991"}],!1;if(data5<0||isNaN(data5))
return validate37.errors=[{instancePath:instancePath+"/dropped",schemaPath:"#/properties/dropped/minimum",keyword:"minim\
um",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs11===errors}else var valid0=!0}}}else return validate37.
errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate37.
errors=vErrors,errors===0}var SignedManifest=validate38;function validate38(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.payloadType===void 0&&(missing0="payloadTyp\
e")||data.payload===void 0&&(missing0="payload")||data.signatures===void 0&&(missing0="signatures"))return validate38.errors=
[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"must have required \
property '"+missing0+"'"}],!1;if(data.payloadType!==void 0){let data0=data.payloadType,_errs1=errors;if(typeof data0!="s\
tring")return validate38.errors=[{instancePath:instancePath+"/payloadType",schemaPath:"#/properties/payloadType/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1;if(data0!=="application/vnd.pilotfish.firmware+json")return validate38.
errors=[{instancePath:instancePath+"/payloadType",schemaPath:"#/properties/payloadType/const",keyword:"const",params:{allowedValue:"\
application/vnd.pilotfish.firmware+json"},message:"must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;
if(valid0){if(data.payload!==void 0){let data1=data.payload,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){
if(func2(data1)>8192)return validate38.errors=[{instancePath:instancePath+"/payload",schemaPath:"#/properties/payload/ma\
xLength",keyword:"maxLength",params:{limit:8192},message:"must NOT have more than 8192 characters"}],!1}else return validate38.
errors=[{instancePath:instancePath+"/payload",schemaPath:"#/properties/payload/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;if(valid0)if(data.signatures!==void 0){let data2=data.
signatures,_errs5=errors;if(errors===_errs5)if(Array.isArray(data2)){if(data2.length>8)return validate38.errors=[{instancePath:instancePath+
"/signatures",schemaPath:"#/properties/signatures/maxItems",keyword:"maxItems",params:{limit:8},message:"must NOT have m\
ore than 8 items"}],!1;if(data2.length<1)return validate38.errors=[{instancePath:instancePath+"/signatures",schemaPath:"\
#/properties/signatures/minItems",keyword:"minItems",params:{limit:1},message:"must NOT have fewer than 1 items"}],!1;{var valid1=!0;
let len0=data2.length;for(let i0=0;i0<len0;i0++){let data3=data2[i0],_errs7=errors;if(errors===_errs7)if(data3&&typeof data3==
"object"&&!Array.isArray(data3)){let missing1;if(data3.keyid===void 0&&(missing1="keyid")||data3.sig===void 0&&(missing1=
"sig"))return validate38.errors=[{instancePath:instancePath+"/signatures/"+i0,schemaPath:"#/properties/signatures/items/\
required",keyword:"required",params:{missingProperty:missing1},message:"must have required property '"+missing1+"'"}],!1;
if(data3.keyid!==void 0){let data4=data3.keyid,_errs9=errors;if(errors===_errs9)if(typeof data4=="string"){if(func2(data4)>
64)return validate38.errors=[{instancePath:instancePath+"/signatures/"+i0+"/keyid",schemaPath:"#/properties/signatures/i\
tems/properties/keyid/maxLength",keyword:"maxLength",params:{limit:64},message:"must NOT have more than 64 characters"}],
!1}else return validate38.errors=[{instancePath:instancePath+"/signatures/"+i0+"/keyid",schemaPath:"#/properties/signatu\
res/items/properties/keyid/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs9===
errors}else var valid2=!0;if(valid2)if(data3.sig!==void 0){let data5=data3.sig,_errs11=errors;if(errors===_errs11)if(typeof data5==
"string"){if(func2(data5)>128)return validate38.errors=[{instancePath:instancePath+"/signatures/"+i0+"/sig",schemaPath:"\
#/properties/signatures/items/properties/sig/maxLength",keyword:"maxLength",params:{limit:128},message:"must NOT have mo\
re than 128 characters"}],!1}else return validate38.errors=[{instancePath:instancePath+"/signatures/"+i0+"/sig",schemaPath:"\
#/properties/signatures/items/properties/sig/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid2=_errs11===
errors}else var valid2=!0}else return validate38.errors=[{instancePath:instancePath+"/signatures/"+i0,schemaPath:"#/prop\
erties/signatures/items/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid1=_errs7===errors;
if(!valid1)break}}}else return validate38.errors=[{instancePath:instancePath+"/signatures",schemaPath:"#/properties/sign\
atures/type",keyword:"type",params:{type:"array"},message:"must be array"}],!1;var valid0=_errs5===errors}else var valid0=!0}}else
return validate38.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate38.errors=vErrors,errors===0}var StatusParams=validate39;function validate39(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data))for(let key0 in data){return validate39.errors=[{instancePath,schemaPath:"\
#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additiona\
l properties"}],!1;break}else return validate39.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"o\
bject"},message:"must be object"}],!1;return validate39.errors=vErrors,errors===0}var ThingRegistered=validate40;function validate40(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.thingName===void 0&&(missing0="thingName"))
return validate40.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},message:"\
must have required property '"+missing0+"'"}],!1;if(data.thingName!==void 0){let data0=data.thingName;if(errors===errors)
if(typeof data0=="string"){if(func2(data0)>128)return validate40.errors=[{instancePath:instancePath+"/thingName",schemaPath:"\
#/properties/thingName/maxLength",keyword:"maxLength",params:{limit:128},message:"must NOT have more than 128 characters"}],
!1}else return validate40.errors=[{instancePath:instancePath+"/thingName",schemaPath:"#/properties/thingName/type",keyword:"\
type",params:{type:"string"},message:"must be string"}],!1}}else return validate40.errors=[{instancePath,schemaPath:"#/t\
ype",keyword:"type",params:{type:"object"},message:"must be object"}],!1;return validate40.errors=vErrors,errors===0}var ThingRequest=validate41;function validate41(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.certificateOwnershipToken===void 0&&(missing0=
"certificateOwnershipToken"))return validate41.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.certificateOwnershipToken!==
void 0){let data0=data.certificateOwnershipToken,_errs1=errors;if(errors===_errs1)if(typeof data0=="string"){if(func2(data0)>
4096)return validate41.errors=[{instancePath:instancePath+"/certificateOwnershipToken",schemaPath:"#/properties/certific\
ateOwnershipToken/maxLength",keyword:"maxLength",params:{limit:4096},message:"must NOT have more than 4096 characters"}],
!1}else return validate41.errors=[{instancePath:instancePath+"/certificateOwnershipToken",schemaPath:"#/properties/certi\
ficateOwnershipToken/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs1===errors}else
var valid0=!0;if(valid0)if(data.parameters!==void 0){let data1=data.parameters,_errs3=errors;if(errors===_errs3)if(data1&&
typeof data1=="object"&&!Array.isArray(data1)){if(data1.SerialNumber!==void 0){let data2=data1.SerialNumber;if(errors===
errors)if(typeof data2=="string"){if(func2(data2)>128)return validate41.errors=[{instancePath:instancePath+"/parameters/\
SerialNumber",schemaPath:"#/properties/parameters/properties/SerialNumber/maxLength",keyword:"maxLength",params:{limit:128},
message:"must NOT have more than 128 characters"}],!1}else return validate41.errors=[{instancePath:instancePath+"/parame\
ters/SerialNumber",schemaPath:"#/properties/parameters/properties/SerialNumber/type",keyword:"type",params:{type:"string"},
message:"must be string"}],!1}}else return validate41.errors=[{instancePath:instancePath+"/parameters",schemaPath:"#/pro\
perties/parameters/type",keyword:"type",params:{type:"object"},message:"must be object"}],!1;var valid0=_errs3===errors}else
var valid0=!0}else return validate41.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"\
must be object"}],!1;return validate41.errors=vErrors,errors===0}var TimeReply=validate42;function validate42(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.token===void 0&&
(missing0="token")||data.cloudMs===void 0&&(missing0="cloudMs"))return validate42.errors=[{instancePath,schemaPath:"#/re\
quired",keyword:"required",params:{missingProperty:missing0},message:"must have required property '"+missing0+"'"}],!1;if(data.
v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0=="number"&&isFinite(data0)))return validate42.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/type",keyword:"type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate42.
errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"\
must be equal to constant"}],!1;var valid0=_errs1===errors}else var valid0=!0;if(valid0){if(data.token!==void 0){let data1=data.
token,_errs3=errors;if(errors===_errs3)if(typeof data1=="string"){if(!pattern20.test(data1))return validate42.errors=[{instancePath:instancePath+
"/token",schemaPath:"#/properties/token/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}$"},message:'must match\
 pattern "^[0-9a-f]{16}$"'}],!1}else return validate42.errors=[{instancePath:instancePath+"/token",schemaPath:"#/propert\
ies/token/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0;
if(valid0)if(data.cloudMs!==void 0){let data2=data.cloudMs,_errs5=errors;if(!(typeof data2=="number"&&!(data2%1)&&!isNaN(
data2)&&isFinite(data2)))return validate42.errors=[{instancePath:instancePath+"/cloudMs",schemaPath:"#/properties/cloudM\
s/type",keyword:"type",params:{type:"integer"},message:"must be integer"}],!1;if(errors===_errs5&&typeof data2=="number"&&
isFinite(data2)){if(data2>864e13||isNaN(data2))return validate42.errors=[{instancePath:instancePath+"/cloudMs",schemaPath:"\
#/properties/cloudMs/maximum",keyword:"maximum",params:{comparison:"<=",limit:864e13},message:"must be <= 86400000000000\
00"}],!1;if(data2<0||isNaN(data2))return validate42.errors=[{instancePath:instancePath+"/cloudMs",schemaPath:"#/properti\
es/cloudMs/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0"}],!1}var valid0=_errs5===errors}else
var valid0=!0}}else return validate42.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"\
must be object"}],!1;return validate42.errors=vErrors,errors===0}var TimeRequest=validate43;function validate43(data,{instancePath="",parentData,parentDataProperty,rootData=data}={}){let vErrors=null,errors=0;if(errors===
0)if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;if(data.v===void 0&&(missing0="v")||data.token===void 0&&
(missing0="token"))return validate43.errors=[{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:missing0},
message:"must have required property '"+missing0+"'"}],!1;if(data.v!==void 0){let data0=data.v,_errs1=errors;if(!(typeof data0==
"number"&&isFinite(data0)))return validate43.errors=[{instancePath:instancePath+"/v",schemaPath:"#/properties/v/type",keyword:"\
type",params:{type:"number"},message:"must be number"}],!1;if(data0!==1)return validate43.errors=[{instancePath:instancePath+
"/v",schemaPath:"#/properties/v/const",keyword:"const",params:{allowedValue:1},message:"must be equal to constant"}],!1;
var valid0=_errs1===errors}else var valid0=!0;if(valid0)if(data.token!==void 0){let data1=data.token,_errs3=errors;if(errors===
_errs3)if(typeof data1=="string"){if(!pattern20.test(data1))return validate43.errors=[{instancePath:instancePath+"/token",
schemaPath:"#/properties/token/pattern",keyword:"pattern",params:{pattern:"^[0-9a-f]{16}$"},message:'must match pattern \
"^[0-9a-f]{16}$"'}],!1}else return validate43.errors=[{instancePath:instancePath+"/token",schemaPath:"#/properties/token\
/type",keyword:"type",params:{type:"string"},message:"must be string"}],!1;var valid0=_errs3===errors}else var valid0=!0}else
return validate43.errors=[{instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t"}],!1;return validate43.errors=vErrors,errors===0}export{CertificateCreated,CertificateRequest,Command,CommandOutcome,ExitSafeModeParams,FirmwareJob,FirmwareManifest,JobExecution,
JobNext,JobRejected,JobUpdateAccepted,MapGranted,MapRefused,MapUploadRequest,MissionDocument,MissionsParams,MissionsRequest,
ProvisioningRejected,RenewParams,ReportList,ReportsAccepted,ReportsRejected,RequestLine,ShadowDelta,ShadowGetAccepted,ShadowRejected,
ShadowUpdateAccepted,SharedReportList,SignedManifest,StatusParams,ThingRegistered,ThingRequest,TimeReply,TimeRequest};
